"""The flow of an unmodified mlflow client against a server of a project. MLFLOW_TRACKING_URI and MLFLOW_TRACKING_TOKEN say where and who.

Arguments: a bundle (model.mill) to log and register, and a folder to work in.
"""

import json
import math
import os
import sys
import time
import warnings

import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from sklearn.linear_model import LogisticRegression

bundle, folder = sys.argv[1], sys.argv[2]
client = MlflowClient()
checked = 0


def check(what, held):
    global checked
    checked += 1
    if not held:
        raise SystemExit(f"FAILED: {what}")
    print(f"ok  {what}")


def refused(what, code, work):
    try:
        work()
    except MlflowException as error:
        check(f"{what}: {error.error_code}: {error.message.splitlines()[0][:110]}", error.error_code == code)
        return str(error)
    check(f"{what} is refused", False)


# experiments
experiment = mlflow.set_experiment("peers")
check("set_experiment makes one", experiment.name == "peers" and experiment.lifecycle_stage == "active")
check("get_experiment_by_name", mlflow.get_experiment_by_name("peers").experiment_id == experiment.experiment_id)
check("an experiment that is not there is None", mlflow.get_experiment_by_name("nowhere") is None)
other = mlflow.create_experiment("other", tags={"team": "risk"})
refused("an experiment of a name that is taken", "RESOURCE_ALREADY_EXISTS", lambda: mlflow.create_experiment("other"))
client.set_experiment_tag(other, "colour", "blue")
check("experiment tags", client.get_experiment(other).tags == {"team": "risk", "colour": "blue"})
client.rename_experiment(other, "another")
check("rename_experiment", client.get_experiment(other).name == "another")
check("search_experiments", {e.name for e in client.search_experiments()} >= {"peers", "another"})
check("search_experiments by name", [e.name for e in client.search_experiments(filter_string="name = 'another'")] == ["another"])
client.delete_experiment(other)
check("delete_experiment", client.get_experiment(other).lifecycle_stage == "deleted")
check("deleted ones are listed apart", [e.name for e in client.search_experiments(view_type=ViewType.DELETED_ONLY)] == ["another"])
client.restore_experiment(other)
check("restore_experiment", client.get_experiment(other).lifecycle_stage == "active")

# a run with everything
with mlflow.start_run(run_name="first", tags={"team": "risk"}, description="of the peers") as run:
    run_id = run.info.run_id
    mlflow.log_param("depth", 3)
    mlflow.log_params({"rate": 0.1, "kind": "tree"})
    refused("a parameter that changes", "INVALID_PARAMETER_VALUE", lambda: mlflow.log_param("depth", 4))
    for step in range(20):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_metrics({"accuracy": 0.9, "empty": math.nan, "far": math.inf}, step=3)
    mlflow.set_tag("note", "ünïcode 'quoted'")
    mlflow.set_tags({"a.b/c": "1", "gone": "2"})
    mlflow.delete_tag("gone")
    path = os.path.join(folder, "plain file.txt")
    with open(path, "w") as file:
        file.write("hello")
    mlflow.log_artifact(path)
    os.makedirs(os.path.join(folder, "tree", "deep"), exist_ok=True)
    for name in ("one.csv", "deep/two.csv"):
        with open(os.path.join(folder, "tree", name), "w") as file:
            file.write(name)
    mlflow.log_artifacts(os.path.join(folder, "tree"), artifact_path="tables")
    mlflow.log_dict({"a": [1, 2]}, "config/settings.json")
    mlflow.log_text("some text", "notes.txt")
    mlflow.log_table({"x": [1, 2], "y": ["a", "b"]}, "table.json")
    mlflow.log_artifact(bundle, artifact_path="mill")
    with open(os.path.join(folder, "big.bin"), "wb") as file:
        file.write(os.urandom(20_000_000))
    mlflow.log_artifact(os.path.join(folder, "big.bin"))
    frame = pd.DataFrame({"x": np.arange(40.0), "y": np.arange(40) % 2})
    mlflow.log_input(mlflow.data.from_pandas(frame, name="frame", targets="y"), context="training")
    with mlflow.start_run(run_name="child", nested=True):
        mlflow.log_metric("accuracy", 0.5)

found = mlflow.get_run(run_id)
check("status and times", found.info.status == "FINISHED" and found.info.end_time >= found.info.start_time > 0)
check("run name", found.info.run_name == "first")
check("params", found.data.params == {"depth": "3", "rate": "0.1", "kind": "tree"})
check("latest metrics", found.data.metrics["loss"] == 1 / 20 and found.data.metrics["accuracy"] == 0.9)
check("not-a-number and infinity", math.isnan(found.data.metrics["empty"]) and found.data.metrics["far"] == math.inf)
check("tags", found.data.tags["note"] == "ünïcode 'quoted'" and found.data.tags["a.b/c"] == "1" and "gone" not in found.data.tags)
history = client.get_metric_history(run_id, "loss")
check("metric history", [(m.step, m.value) for m in history] == [(s, 1 / (s + 1)) for s in range(20)])
client.log_batch(
    run_id,
    metrics=[Metric("batch", float(i), int(time.time() * 1000), i) for i in range(1000)],
    params=[Param(f"p{i}", "v") for i in range(90)],
    tags=[RunTag("t", "v")],
)
check("log_batch of 1000", len(client.get_metric_history(run_id, "batch")) == 1000)
check("dataset inputs", mlflow.get_run(run_id).inputs.dataset_inputs[0].dataset.name == "frame")
client.update_run(run_id, name="renamed")
check("update_run", mlflow.get_run(run_id).info.run_name == "renamed")
refused("a run that is not there", "RESOURCE_DOES_NOT_EXIST", lambda: mlflow.get_run("0" * 32))

# artefacts
check("list artifacts", {a.path for a in client.list_artifacts(run_id)} == {"big.bin", "config", "mill", "notes.txt", "plain file.txt", "table.json", "tables"})
check("list a folder", {(a.path, a.is_dir) for a in client.list_artifacts(run_id, "tables")} == {("tables/one.csv", False), ("tables/deep", True)})
local = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="tables", dst_path=os.path.join(folder, "down"))
check("download a folder", open(os.path.join(local, "deep", "two.csv")).read() == "deep/two.csv")
check("load_text", mlflow.artifacts.load_text(f"runs:/{run_id}/notes.txt") == "some text")
check("load_dict", mlflow.artifacts.load_dict(f"runs:/{run_id}/config/settings.json") == {"a": [1, 2]})
check("load_table", len(mlflow.load_table("table.json", run_ids=[run_id])) == 2)
big = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="big.bin", dst_path=os.path.join(folder, "down"))
check("a large file is the same again", open(big, "rb").read() == open(os.path.join(folder, "big.bin"), "rb").read())

# search
for i in range(7):
    with mlflow.start_run(run_name=f"try-{i}"):
        mlflow.log_metric("auc", i / 10)
        mlflow.log_param("i", i)
        mlflow.set_tag("even", str(i % 2 == 0))


def names(**query):
    return [r.info.run_name for r in mlflow.search_runs(output_format="list", experiment_names=["peers"], **query)]


check("search by metric", names(filter_string="metrics.auc > 0.35", order_by=["metrics.auc ASC"]) == ["try-4", "try-5", "try-6"])
check("search by param and tag", names(filter_string="params.i = '2' and tags.even = 'True'") == ["try-2"])
check("search by name", names(filter_string="attributes.run_name LIKE 'try-%' AND attributes.status = 'FINISHED'", order_by=["metrics.auc DESC"])[0] == "try-6")
check("search by run ids", names(filter_string=f"attributes.run_id IN ('{run_id}')") == ["renamed"])
check("search by quoted names", names(filter_string='tags."a.b/c" = "1"') == ["renamed"])
check("search by start time", len(names(filter_string=f"attributes.start_time > {found.info.start_time}")) == 8)
check("search by experiment in parts", len(client.search_runs([experiment.experiment_id], max_results=3)) == 3)
token, seen = None, []
while True:
    page = client.search_runs([experiment.experiment_id], max_results=4, page_token=token, order_by=["attributes.start_time DESC"])
    seen += [r.info.run_id for r in page]
    token = page.token
    if not token:
        break
check("pages hold every run once", len(seen) == 9 and len(set(seen)) == 9)
frame = mlflow.search_runs(experiment_names=["peers"])
check("search_runs as a frame", len(frame) == 9 and "metrics.auc" in frame and "params.depth" in frame)
check("children of a run", names(filter_string=f"tags.mlflow.parentRunId = '{run_id}'") == ["child"])
refused("a filter that cannot be said", "INVALID_PARAMETER_VALUE", lambda: names(filter_string="metrics.auc ~ 3"))
refused("a filter of an unknown field", "INVALID_PARAMETER_VALUE", lambda: names(filter_string="attributes.nonsense = 'x'"))
client.delete_run(seen[0])
check("delete_run", mlflow.get_run(seen[0]).info.lifecycle_stage == "deleted" and len(mlflow.search_runs(experiment_names=["peers"])) == 8)
check("deleted runs are listed apart", [r.info.run_id for r in client.search_runs([experiment.experiment_id], run_view_type=ViewType.DELETED_ONLY)] == [seen[0]])
check("all runs", len(client.search_runs([experiment.experiment_id], run_view_type=ViewType.ALL)) == 9)
client.restore_run(seen[0])
check("restore_run", mlflow.get_run(seen[0]).info.lifecycle_stage == "active")
with mlflow.start_run(run_id=run_id):
    mlflow.log_metric("again", 1)
check("a run that is gone on with", mlflow.get_run(run_id).data.metrics["again"] == 1)
try:
    with mlflow.start_run(run_name="fails") as failing:
        raise RuntimeError("on purpose")
except RuntimeError:
    pass
check("a run that fails", mlflow.get_run(failing.info.run_id).info.status == "FAILED")

# models: logged
X = pd.DataFrame({"a": np.linspace(0, 1, 60), "b": np.linspace(1, 0, 60)})
y = (X["a"] > 0.4).astype(int)
model = LogisticRegression().fit(X, y)
with mlflow.start_run(run_name="model") as model_run:
    info = mlflow.sklearn.log_model(model, name="classifier", input_example=X.head(2), registered_model_name="churn", params={"C": 1.0})
    mlflow.log_metric("train_auc", 0.99, model_id=info.model_id)
logged = mlflow.get_logged_model(info.model_id)
check("a logged model is ready", logged.status.name == "READY" and logged.name == "classifier")
check("params of a logged model", logged.params == {"C": "1.0"})
check("metrics of a logged model", [m.key for m in logged.metrics] == ["train_auc"])
check("outputs of its run", [m.model_id for m in mlflow.get_run(model_run.info.run_id).outputs.model_outputs] == [info.model_id])
mlflow.set_logged_model_tags(info.model_id, {"kind": "linear"})
check("tags of a logged model", mlflow.get_logged_model(info.model_id).tags["kind"] == "linear")
client.delete_logged_model_tag(info.model_id, "kind")
check("a tag of a logged model is taken away", "kind" not in mlflow.get_logged_model(info.model_id).tags)
check("search_logged_models", [m.model_id for m in mlflow.search_logged_models(experiment_ids=[experiment.experiment_id], output_format="list")] == [info.model_id])
same = mlflow.sklearn.load_model(info.model_uri)
check("a model is the same again", (same.predict(X) == model.predict(X)).all())


class Twice(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input * 2


with mlflow.start_run(run_name="pyfunc"):
    twice = mlflow.pyfunc.log_model(name="twice", python_model=Twice(), pip_requirements=[])
check("pyfunc", mlflow.pyfunc.load_model(twice.model_uri).predict(pd.DataFrame({"a": [2.0]}))["a"][0] == 4)

# models: registered
check("registered by log_model", client.get_model_version("churn", "1").status == "READY")
check("its run", client.get_model_version("churn", "1").run_id == model_run.info.run_id)
second = mlflow.register_model(info.model_uri, "churn", tags={"by": "hand"})
check("register_model makes the next version", second.version == "2" and second.tags == {"by": "hand"})
check("get_model_version_download_uri", len(client.get_model_version_download_uri("churn", "2")) > 0)
client.update_registered_model("churn", description="who leaves")
client.set_registered_model_tag("churn", "team", "risk")
client.set_registered_model_tag("churn", "gone", "x")
client.delete_registered_model_tag("churn", "gone")
client.update_model_version("churn", "2", description="the second")
client.set_model_version_tag("churn", "2", "checked", "yes")
client.delete_model_version_tag("churn", "2", "by")
registered = client.get_registered_model("churn")
check("registered model", registered.description == "who leaves" and registered.tags == {"team": "risk"})
check("latest version", registered.latest_versions[0].version == "2")
check("version", client.get_model_version("churn", "2").description == "the second" and client.get_model_version("churn", "2").tags == {"checked": "yes"})
client.set_registered_model_alias("churn", "candidate", "2")
check("alias", client.get_model_version_by_alias("churn", "candidate").version == "2")
check("aliases of a version", client.get_model_version("churn", "2").aliases == ["candidate"])
check("by alias", (mlflow.sklearn.load_model("models:/churn@candidate").predict(X) == model.predict(X)).all())
check("by version", (mlflow.pyfunc.load_model("models:/churn/1").predict(X) == model.predict(X)).all())
check("by latest", mlflow.pyfunc.load_model("models:/churn/latest") is not None)
client.delete_registered_model_alias("churn", "candidate")
refused("an alias that is not there", "INVALID_PARAMETER_VALUE", lambda: client.get_model_version_by_alias("churn", "candidate"))
client.create_registered_model("empty", tags={"x": "y"}, description="nothing yet")
refused("a model of a name that is taken", "RESOURCE_ALREADY_EXISTS", lambda: client.create_registered_model("empty"))
check("search_registered_models", [m.name for m in client.search_registered_models()] == ["churn", "empty"])
check("search_registered_models by name", [m.name for m in client.search_registered_models(filter_string="name LIKE 'em%'")] == ["empty"])
check("search_model_versions", [v.version for v in client.search_model_versions("name='churn'")] == ["2", "1"])
check("search_model_versions by run", {v.version for v in client.search_model_versions(f"run_id='{model_run.info.run_id}'")} == {"1", "2"})
refused("a model that is not there", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_registered_model("nobody"))

# a bundle of ours, registered from the run that holds it
mill = client.create_model_version("birds", f"runs:/{run_id}/mill", run_id) if client.create_registered_model("birds") else None
check("a bundle is a version like any other", mill.version == "1" and not mill.status_message)
check("another model says that it cannot be served", "cannot serve it" in client.get_model_version("churn", "1").status_message)

# nobody goes round the approval
for alias in ("champion", "challenger"):
    refused(f"the alias {alias}", "PERMISSION_DENIED", lambda a=alias: client.set_registered_model_alias("birds", a, "1"))
    refused(f"to take the alias {alias} away", "PERMISSION_DENIED", lambda a=alias: client.delete_registered_model_alias("birds", a))
warnings.simplefilter("ignore")
refused("a stage", "PERMISSION_DENIED", lambda: client.transition_model_version_stage("birds", "1", "Production"))
refused("a version is not deleted", "PERMISSION_DENIED", lambda: client.delete_model_version("birds", "1"))
refused("a model is not deleted", "PERMISSION_DENIED", lambda: client.delete_registered_model("birds"))

# sklearn's autologging does what people do most
mlflow.sklearn.autolog(silent=True)
with mlflow.start_run(run_name="auto") as auto:
    LogisticRegression(C=0.5).fit(X, y)
logged = mlflow.get_run(auto.info.run_id)
check("autolog", logged.data.params["C"] == "0.5" and "training_score" in logged.data.metrics)
mlflow.sklearn.autolog(disable=True)

# who may: a reader reads, nobody writes without a token, and a password is as good as a bearer
token = os.environ.pop("MLFLOW_TRACKING_TOKEN")
os.environ["MLFLOW_TRACKING_USERNAME"], os.environ["MLFLOW_TRACKING_PASSWORD"] = "bob", token
client.set_tag(run_id, "basic", "yes")
check("basic authentication", client.get_run(run_id).data.tags["basic"] == "yes")
os.environ["MLFLOW_TRACKING_PASSWORD"] = os.environ["VIEWER_TOKEN"]
check("a viewer reads", client.get_run(run_id).info.run_id == run_id)
refused("a viewer that writes", "PERMISSION_DENIED", lambda: client.set_tag(run_id, "a", "b"))
os.environ["MLFLOW_TRACKING_PASSWORD"] = "guess"
refused("a wrong password", "UNAUTHENTICATED", lambda: client.get_run(run_id))
del os.environ["MLFLOW_TRACKING_USERNAME"], os.environ["MLFLOW_TRACKING_PASSWORD"]
refused("writing without a token", "PERMISSION_DENIED", lambda: client.set_tag(run_id, "a", "b"))

print(json.dumps({"checked": checked, "mlflow": mlflow.__version__, "run": run_id}))
