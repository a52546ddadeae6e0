"""Writes arrow.json: Arrow streams as pyarrow writes them, and their cells as JSON holds them. Run by a Python with pyarrow."""

import base64
import datetime as dt
import decimal
import io
import json
import pathlib

import numpy as np
import pyarrow as pa


def stream(batches, **options):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batches[0].schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return base64.b64encode(sink.getvalue()).decode()


def told(cell):
    if isinstance(cell, dt.datetime):
        at = cell if cell.tzinfo else cell.replace(tzinfo=dt.timezone.utc)
        return at.astimezone(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
    if isinstance(cell, dt.date):
        return f"{cell.isoformat()}T00:00:00.000Z"
    if isinstance(cell, decimal.Decimal):
        return format(cell, "f")
    if isinstance(cell, float) and cell != cell:
        return None
    if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) > 2**53 - 1:
        return str(cell)
    return cell


def case(name, batches, **options):
    table = pa.Table.from_batches(batches)
    cells = {c: [told(x) for x in table[c].to_pylist()] for c in table.column_names}
    return {"name": name, "stream": stream(batches, **options), "columns": cells}


when = [dt.datetime(2024, 2, 29, 12, 34, 56, 789123), None, dt.datetime(1931, 1, 2, 3, 4, 5, 1)]
zone = dt.timezone(dt.timedelta(hours=5, minutes=30))
day = [dt.date(2024, 2, 29), None, dt.date(1931, 1, 2)]
kinds = {
    "nothing": pa.nulls(3),
    "yes": pa.array([True, None, False]),
    **{f"int{w}": pa.array([-(2 ** (w - 1)), None, 2 ** (w - 1) - 1], getattr(pa, f"int{w}")()) for w in (8, 16, 32, 64)},
    **{f"uint{w}": pa.array([0, None, 2**w - 1], getattr(pa, f"uint{w}")()) for w in (8, 16, 32, 64)},
    "half": pa.array(np.array([1.5, -6.103515625e-05, 5.960464477539063e-08], np.float16)),
    "single": pa.array([0.1, None, float("nan")], pa.float32()),
    "double": pa.array([0.1, None, -1e300], pa.float64()),
    "text": pa.array(["Größe", None, ""]),
    "large": pa.array(["a", None, "漢字"], pa.large_string()),
    "view": pa.array(["short", None, "a text of more than twelve bytes"], pa.string_view()),
    "money": pa.array([decimal.Decimal("-0.05"), None, decimal.Decimal("12345678901234567890.12")], pa.decimal128(38, 2)),
    "wide money": pa.array([decimal.Decimal("1.5"), None, decimal.Decimal("-2.5")], pa.decimal256(60, 1)),
    "day": pa.array(day, pa.date32()),
    "day64": pa.array(day, pa.date64()),
    "seconds": pa.array([w and w.replace(microsecond=0) for w in when], pa.timestamp("s")),
    "millis": pa.array([w and w.replace(microsecond=w.microsecond // 1000 * 1000) for w in when], pa.timestamp("ms")),
    "micros": pa.array(when, pa.timestamp("us")),
    "zoned": pa.array([w and w.replace(tzinfo=zone) for w in when], pa.timestamp("us", tz="+05:30")),
    "__proto__": pa.array([1, 2, None]),
}
whole = pa.RecordBatch.from_pydict(kinds)
words = [pa.array(w).dictionary_encode() for w in (["red", None, "green", "red"], ["blue", "green", "red", "red"])]
sliced = pa.RecordBatch.from_pydict({"n": pa.array(range(20)), "even": pa.array([i % 2 == 0 for i in range(20)]), "t": pa.array([f"t{i}" for i in range(20)])}).slice(3, 11)
grown = [pa.DictionaryArray.from_arrays(pa.array(i, pa.int8()), pa.array(w)) for i, w in (([0, 1], ["a", "b"]), ([2, 0], ["a", "b", "c"]))]
nanos = pa.RecordBatch.from_pydict({"at": pa.array([1_700_000_000_123_456_789, None, -1], pa.timestamp("ns"))})
read = [
    case("every type", [whole]),
    case("a part of a longer table", [sliced]),
    case("dictionaries that are replaced", [pa.RecordBatch.from_pydict({"word": w}) for w in words]),
    case("a dictionary that grows", [pa.RecordBatch.from_pydict({"word": g}) for g in grown], emit_dictionary_deltas=True),
    case("no rows", [whole.slice(0, 0)]),
    {"name": "nanoseconds", "stream": stream([nanos]), "columns": {"at": ["2023-11-14T22:13:20.123Z", None, "1969-12-31T23:59:59.999Z"]}},
    case("the metadata of version 4", [whole], metadata_version=pa.ipc.MetadataVersion.V4),
]
refused = {
    "a list": pa.array([[1, 2]]),
    "a struct": pa.array([{"a": 1}]),
    "a map": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
    "binary": pa.array([b"x"]),
    "a time of day": pa.array([dt.time(1, 2)]),
    "a duration": pa.array([dt.timedelta(seconds=1)]),
    "run-end encoded": pa.RunEndEncodedArray.from_arrays([1], pa.array([1])),
}
small = pa.RecordBatch.from_pydict({"n": pa.array([1])})
out = {
    "read": read,
    "refused": [{"says": k, "stream": stream([pa.RecordBatch.from_pydict({"odd": v})])} for k, v in refused.items()]
    + [
        {"says": "compressed", "stream": stream([pa.RecordBatch.from_pydict({"n": pa.array(range(1000))})], compression="zstd")},
        {"says": "twice", "stream": stream([pa.RecordBatch.from_arrays([pa.array([1]), pa.array([2])], names=["n", "n"])])},
    ],
}
pathlib.Path(__file__).with_name("arrow.json").write_text(json.dumps(out, ensure_ascii=False, separators=(",", ":")) + "\n")
