#!/usr/bin/env python3
"""peer-memory.py PYTHON RUN.PY PEER SPLITS BUDGET NAME…: the most memory that a peer's process and its children hold together while
RUN.PY (run.py of the peers' scripts) trains and scores one set after the other. Needs psutil; prints {peer, name, peakMiB} a line."""
import json, os, subprocess, sys, tempfile, time
import psutil

python, script, peer, splits, budget, *names = sys.argv[1:]


def held(process):
    total = 0
    for each in [process, *process.children(recursive=True)]:
        try:
            total += each.memory_info().rss
        except psutil.Error:
            pass  # it has just ended
    return total


for name in names:
    out = os.path.join(tempfile.mkdtemp(), 'scores.json')
    child = subprocess.Popen([python, script, peer, splits, budget, out, name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while child.poll() is None:
        try:
            peak = max(peak, held(psutil.Process(child.pid)))
        except psutil.Error:
            pass
        time.sleep(0.2)
    score = json.load(open(out))[0] if os.path.exists(out) else {'error': child.returncode}
    print(json.dumps({'peer': peer, 'name': name, 'peakMiB': round(peak / 2**20), **{k: score[k] for k in ('score', 'fit_s', 'error') if k in score}}), flush=True)
