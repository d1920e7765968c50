//! Makes traces, from the layouts of the published headers: for tests of what no real file at hand has, and as load
//! for the benchmark. Written apart from the reader, and sharing nothing with it.

#![allow(dead_code, reason = "the tests and the benchmark each use a part")]

/// A trace in the making.
pub(crate) struct Forge {
    pub(crate) buffer_size: u32,
    pub(crate) clock_type: u32,
    pub(crate) frequency: u64,
    pub(crate) cpu_mhz: u32,
    pub(crate) mode: u32,
    pub(crate) events_lost: u32,
    pub(crate) buffers_lost: u32,
    pub(crate) closed: bool,
    out: Vec<u8>,
    sequence: u64,
}

/// FILETIME of 2024-01-01 UTC, and the ticks of the first record.
pub(crate) const START: u64 = 133_485_408_000_000_000;
pub(crate) const BASE: u64 = 1_000_000;

/// The same in ns since 1970.
pub(crate) const START_NS: i64 = 1_704_067_200_000_000_000;

pub(crate) const COMPRESSED: u32 = 0x0400_0000;

impl Forge {
    pub(crate) fn new(buffer_size: u32) -> Forge {
        Forge {
            buffer_size,
            clock_type: 1,
            frequency: 10_000_000,
            cpu_mhz: 2000,
            mode: 1,
            events_lost: 0,
            buffers_lost: 0,
            closed: true,
            out: Vec::new(),
            sequence: 0,
        }
    }

    /// Writes the header buffer. `wide` is the 64-bit form.
    pub(crate) fn begin(&mut self, wide: bool) {
        let pointer = if wide { 8 } else { 4 };
        let tail = (56 + 2 * pointer + 172_usize).next_multiple_of(8);
        let mut p = vec![0; tail + 32];
        let compressed = self.mode & COMPRESSED != 0;
        put(&mut p, 0, &self.buffer_size.to_le_bytes());
        put(&mut p, 4, if compressed { &[10, 0, 2, 0] } else { &[10, 0, 1, 5] });
        put(&mut p, 8, &20348_u32.to_le_bytes());
        put(&mut p, 12, &4_u32.to_le_bytes());
        put(&mut p, 32, &self.mode.to_le_bytes());
        put(&mut p, 44, &(pointer as u32).to_le_bytes());
        put(&mut p, 48, &self.events_lost.to_le_bytes());
        put(&mut p, 52, &self.cpu_mhz.to_le_bytes());
        put(&mut p, 56 + 2 * pointer, &(-60_i32).to_le_bytes());
        put(&mut p, tail, &(START - 36_000_000_000).to_le_bytes());
        put(&mut p, tail + 8, &self.frequency.to_le_bytes());
        put(&mut p, tail + 16, &START.to_le_bytes());
        put(&mut p, tail + 24, &self.clock_type.to_le_bytes());
        put(&mut p, tail + 28, &self.buffers_lost.to_le_bytes());
        for unit in "forged\0C:\\forged.etl\0".encode_utf16() {
            p.extend(unit.to_le_bytes());
        }
        let base = if self.clock_type == 2 { START } else { BASE };
        let record = kernel(if wide { 2 } else { 1 }, base, 0, 0, &p);
        let mut header = buffer_header(72 + record.len() as u32, 0, 4, 0x20, 0);
        let size = if compressed { 1024 } else { self.buffer_size };
        put(&mut header, 0, &size.to_le_bytes());
        put(&mut header, 0x2C, &3_u32.to_le_bytes());
        let at = self.out.len();
        self.out.extend(header);
        self.out.extend(record);
        self.out.resize(at + size as usize, 0xFF);
        self.sequence = 1;
    }

    /// Appends a buffer of one processor; how many of `records` it took.
    pub(crate) fn buffer(&mut self, cpu: u16, records: &[Vec<u8>]) -> usize {
        let mut body = Vec::new();
        let mut taken = 0;
        for record in records {
            if 72 + body.len() + record.len() > self.buffer_size as usize {
                break;
            }
            body.extend(record);
            taken += 1;
        }
        self.raw_buffer(cpu, &body, self.mode & COMPRESSED != 0);
        taken
    }

    /// Appends a buffer with these bytes behind its header.
    pub(crate) fn raw_buffer(&mut self, cpu: u16, body: &[u8], compressed: bool) {
        let filled = 72 + body.len() as u32;
        let mut header = buffer_header(filled, cpu, 0, if compressed { 0x60 } else { 0x20 }, self.sequence);
        self.sequence += 1;
        let stream = if compressed { compress(body) } else { body.to_vec() };
        let size = if compressed { 72 + stream.len() as u32 } else { self.buffer_size };
        put(&mut header, 0, &size.to_le_bytes());
        let at = self.out.len();
        self.out.extend(header);
        self.out.extend(stream);
        self.out.resize(at + size as usize, 0xFF);
    }

    /// The session drops the next `count` buffers.
    pub(crate) fn lose(&mut self, count: u64) {
        self.sequence += count;
    }

    pub(crate) fn length(&self) -> usize {
        self.out.len()
    }

    /// The bytes written since the last time, for files too large for memory. The header stays unclosed.
    pub(crate) fn drain(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.closed {
            let payload = 72 + 32;
            put(&mut self.out, payload + 16, &(START + 600_000_000).to_le_bytes());
            put(&mut self.out, payload + 36, &(self.sequence as u32).to_le_bytes());
        }
        self.out
    }
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

fn buffer_header(filled: u32, cpu: u16, kind: u16, flags: u16, sequence: u64) -> Vec<u8> {
    let mut header = vec![0; 72];
    put(&mut header, 4, &filled.to_le_bytes());
    put(&mut header, 0x18, &sequence.to_le_bytes());
    put(&mut header, 0x28, &cpu.to_le_bytes());
    put(&mut header, 0x2C, &3_u32.to_le_bytes());
    put(&mut header, 0x30, &filled.to_le_bytes());
    put(&mut header, 0x34, &flags.to_le_bytes());
    put(&mut header, 0x36, &kind.to_le_bytes());
    header
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

/// A kernel record of type 1 to 4 (with thread and process), 16 or 17 (without).
pub(crate) fn kernel(number: u8, ticks: u64, group: u8, opcode: u8, payload: &[u8]) -> Vec<u8> {
    let header = match number {
        1 | 2 => 32,
        3 | 4 => 24,
        _ => 16,
    };
    let mut bytes = vec![0; header];
    put(&mut bytes, 0, &[2, 0, number, 0xC0]);
    put(&mut bytes, 4, &((header + payload.len()) as u16).to_le_bytes());
    put(&mut bytes, 6, &[opcode, group]);
    if header == 16 {
        put(&mut bytes, 8, &ticks.to_le_bytes());
    } else {
        put(&mut bytes, 8, &[11, 0, 0, 0, 12, 0, 0, 0]);
        put(&mut bytes, 16, &ticks.to_le_bytes());
    }
    bytes.extend(payload);
    padded(bytes)
}

/// A classic record of type 10 or 20 (full), 11 or 21 (instance).
pub(crate) fn classic(number: u8, ticks: u64, class: [u8; 16], opcode: u8, payload: &[u8]) -> Vec<u8> {
    let header = if matches!(number, 11 | 21) { 72 } else { 48 };
    let mut bytes = vec![0; header];
    put(&mut bytes, 0, &((header + payload.len()) as u16).to_le_bytes());
    put(&mut bytes, 2, &[number, 0xC0, opcode, 4, 3, 0]);
    put(&mut bytes, 8, &[11, 0, 0, 0, 12, 0, 0, 0]);
    put(&mut bytes, 16, &ticks.to_le_bytes());
    put(&mut bytes, 24, &class);
    if header == 72 {
        put(&mut bytes, 48, &[21, 0, 0, 0, 22, 0, 0, 0]);
        put(&mut bytes, 56, &[9; 16]);
    }
    bytes.extend(payload);
    padded(bytes)
}

/// An event of a registered provider, 64 bit, with extended items of (type, data).
pub(crate) fn event(ticks: u64, id: u16, items: &[(u16, &[u8])], payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 80];
    for (at, (kind, data)) in items.iter().enumerate() {
        let size = (8 + data.len()).next_multiple_of(8);
        let more = u16::from(at + 1 < items.len());
        for number in [size as u16, *kind, more, data.len() as u16] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(*data);
        bytes.resize(bytes.len() + size - 8 - data.len(), 0);
    }
    bytes.extend(payload);
    let size = bytes.len() as u16;
    put(&mut bytes, 0, &size.to_le_bytes());
    put(&mut bytes, 2, &[19, 0xC0, u8::from(!items.is_empty()), 0]);
    put(&mut bytes, 8, &[11, 0, 0, 0, 12, 0, 0, 0]);
    put(&mut bytes, 16, &ticks.to_le_bytes());
    put(&mut bytes, 24, &[0xAB; 16]);
    put(&mut bytes, 40, &id.to_le_bytes());
    put(&mut bytes, 42, &[1, 0, 4, 7, 5, 0]);
    put(&mut bytes, 48, &0x8000_0000_0000_0010_u64.to_le_bytes());
    padded(bytes)
}

/// A WPP message with GUID, thread and process, and with a time if there is one.
pub(crate) fn message(ticks: Option<u64>, number: u16, arguments: &[u8]) -> Vec<u8> {
    let flags: u16 = if ticks.is_some() { 0xAA } else { 0xA2 };
    let mut bytes = vec![0, 0, 0, 0x90];
    bytes.extend(number.to_le_bytes());
    bytes.extend(flags.to_le_bytes());
    bytes.extend([0xCD; 16]);
    if let Some(ticks) = ticks {
        bytes.extend(ticks.to_le_bytes());
    }
    bytes.extend([11, 0, 0, 0, 12, 0, 0, 0]);
    bytes.extend(arguments);
    let size = bytes.len() as u16;
    put(&mut bytes, 0, &size.to_le_bytes());
    padded(bytes)
}

/// Plain LZ77 of MS-XCA: greedy, by the last place of each three bytes.
pub(crate) fn compress(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut last = vec![usize::MAX; 1 << 14];
    let (mut at, mut flags_at, mut flags, mut count) = (0, 0, 0_u32, 32);
    let mut half: Option<usize> = None;
    while at < data.len() {
        if count == 32 {
            if at > 0 {
                put(&mut out, flags_at, &flags.to_le_bytes());
            }
            (flags_at, flags, count) = (out.len(), 0, 0);
            out.extend([0; 4]);
        }
        let mut length = 0;
        let mut from = usize::MAX;
        if at + 3 <= data.len() {
            let key = u32::from_le_bytes([data[at], data[at + 1], data[at + 2], 0]);
            let slot = &mut last[(key.wrapping_mul(0x9E37_79B1) >> 18) as usize];
            from = std::mem::replace(slot, at);
            if from != usize::MAX && at - from <= 8192 {
                length = data[from..].iter().zip(&data[at..]).take_while(|(a, b)| a == b).count();
            }
        }
        flags <<= 1;
        count += 1;
        if length < 3 {
            out.push(data[at]);
            at += 1;
        } else {
            flags |= 1;
            write_match(&mut out, &mut half, at - from, length);
            at += length;
        }
    }
    if count < 32 {
        flags <<= 32 - count;
        // Flags that no data follows are set.
        flags |= (1_u32 << (32 - count)) - 1;
    }
    if !out.is_empty() {
        put(&mut out, flags_at, &flags.to_le_bytes());
    }
    out
}

fn write_match(out: &mut Vec<u8>, half: &mut Option<usize>, distance: usize, length: usize) {
    let rest = length - 3;
    let token = ((distance - 1) << 3 | rest.min(7)) as u16;
    out.extend(token.to_le_bytes());
    if rest < 7 {
        return;
    }
    let nibble = (rest - 7).min(15) as u8;
    match half.take() {
        Some(at) => out[at] |= nibble << 4,
        None => {
            *half = Some(out.len());
            out.push(nibble);
        }
    }
    if nibble < 15 {
        return;
    }
    let rest = rest - 22;
    if rest < 255 {
        out.push(rest as u8);
    } else {
        out.push(255);
        match u16::try_from(rest + 22) {
            Ok(length) => out.extend(length.to_le_bytes()),
            Err(_) => {
                out.extend([0, 0]);
                out.extend(((rest + 22) as u32).to_le_bytes());
            }
        }
    }
}
