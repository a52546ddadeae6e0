#!/bin/sh
# Makes a virtual environment with the peers under build/ (needs python3 with venv).
set -eu
cd "$(dirname "$0")/.."
python3 -m venv build/bench-python
build/bench-python/bin/pip install --quiet --disable-pip-version-check lightgbm==4.7.0 catboost==1.2.10 xgboost==3.2.0 pandas scikit-learn numpy pyarrow
echo "ready: build/bench-python/bin/python"
