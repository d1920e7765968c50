"""Prints the slices of a Perfetto trace, one JSON object a line, read by the schema that Perfetto publishes.

The messages come from the package `perfetto` of PyPI; nothing of throughline is used. A field that the published
schema does not know, an end without a begin and a flow without a source are errors.
"""

import json
import sys

from google.protobuf.unknown_fields import UnknownFieldSet
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as schema


def unknown(message, path):
    """Paths of fields that the schema does not know."""
    for field in UnknownFieldSet(message):
        yield f"{path}: field {field.field_number}"
    for descriptor, value in message.ListFields():
        if descriptor.type != descriptor.TYPE_MESSAGE:
            continue
        values = [value] if hasattr(value, "ListFields") else value
        for one in values:
            yield from unknown(one, f"{path}.{descriptor.name}")


def main():
    trace = schema.Trace()
    with open(sys.argv[1], "rb") as file:
        trace.ParseFromString(file.read())
    problems = list(unknown(trace, "Trace"))
    tracks, opened, begun, ended = {}, {}, set(), set()
    for packet in trace.packet:
        if packet.HasField("track_descriptor"):
            track = packet.track_descriptor
            tracks[track.uuid] = track
        if not packet.HasField("track_event"):
            continue
        event = packet.track_event
        if event.track_uuid not in tracks:
            problems.append(f"track {event.track_uuid} is not described before it is used")
        begun.update(event.flow_ids)
        ended.update(event.terminating_flow_ids)
        if event.type == schema.TrackEvent.TYPE_SLICE_BEGIN:
            notes = {note.name: note.string_value for note in event.debug_annotations}
            if event.track_uuid in opened:
                problems.append(f"two slices at once on {tracks[event.track_uuid].name}")
            opened[event.track_uuid] = (packet.timestamp, event.categories[0], event.name, notes["certainty"])
        elif event.type == schema.TrackEvent.TYPE_SLICE_END:
            begin, kind, name, certainty = opened.pop(event.track_uuid)
            span = {"kind": kind, "from": begin, "to": packet.timestamp, "certainty": certainty, "name": name}
            print(json.dumps(span))
    problems += [f"{tracks[track].name} does not end" for track in opened]
    problems += [f"flow {flow} comes from nowhere" for flow in ended - begun]
    if problems:
        sys.exit("\n".join(problems[:20]))


main()
