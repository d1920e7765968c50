/* For tests under wine alone: wine 8 has no bcryptprimitives.dll, and Rust's standard library takes its random numbers
   from the one function ProcessPrng of it. RtlGenRandom (SystemFunction036 of advapi32) gives the same. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) {
    while (length > 0) {
        ULONG part = length > 0x10000000 ? 0x10000000 : (ULONG)length;
        if (!SystemFunction036(data, part)) {
            return FALSE;
        }
        data += part;
        length -= part;
    }
    return TRUE;
}
