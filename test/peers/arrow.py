"""arrow.py ADDRESS CSV: rows as pyarrow, pandas and polars-like writers send them, answered as CSV bodies are. Exit status 0 when all agree."""

import io
import json
import sys
import urllib.request

import pyarrow as pa
import pyarrow.csv

ARROW = "application/vnd.apache.arrow.stream"
address, path = sys.argv[1:]
url = f"{address}/v1/models/birds/predict"


def ask(body, kind, accept, query=""):
    request = urllib.request.Request(url + query, body, {"content-type": kind, "accept": accept})
    with urllib.request.urlopen(request) as answer:
        return answer.read(), answer.headers


def stream(table, **options):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=700)
    return sink.getvalue()


lines = open(path, encoding="utf8").read().splitlines(keepends=True)[:5001]
expected = json.loads(ask("".join(lines).encode(), "text/csv", "application/json")[0])["predictions"]
table = pyarrow.csv.read_csv(io.BytesIO("".join(lines).encode()), convert_options=pyarrow.csv.ConvertOptions(strings_can_be_null=True))
print({str(t) for t in table.schema.types})
coded = pa.table({n: table[n].dictionary_encode() if pa.types.is_string(table[n].type) else table[n] for n in table.column_names})
views = pa.table({n: table[n].cast(pa.string_view()) if pa.types.is_string(table[n].type) else table[n] for n in table.column_names})
large = pa.table({n: table[n].cast(pa.large_string()) if pa.types.is_string(table[n].type) else table[n] for n in table.column_names})
classes = list(expected[0]["probabilities"])
failed = 0
for name, body in {"plain": stream(table), "dictionaries": stream(coded), "deltas": stream(coded, emit_dictionary_deltas=True), "views": stream(views), "large": stream(large)}.items():
    as_json = json.loads(ask(body, ARROW, "application/json", "?lenient=true")[0])["predictions"]
    raw, headers = ask(body, ARROW, ARROW, "?lenient=true")
    back = pa.ipc.open_stream(raw).read_all()
    back.validate(full=True)
    same = (
        as_json == expected
        and back["prediction"].to_pylist() == [e["prediction"] for e in expected]
        and all(back[f"probability_{c}"].to_pylist() == [e["probabilities"][c] for e in expected] for c in classes)
        and back.schema.metadata[b"id"].decode() == headers["x-answer-id"]
    )
    failed += not same
    print(f"arrow {name}: {len(expected)} rows, {len(body)} bytes, {'same' if same else 'DIFFERENT'}")
sys.exit(failed)
