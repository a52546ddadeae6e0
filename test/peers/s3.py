"""python test/peers/s3.py: a project whose files are in a bucket of moto's S3 server, which checks every signature. Needs moto[server,s3]."""

import json
import os
import subprocess
import sys
import tempfile
import time

# what comes before the count is not checked: it makes the user whose keys are checked afterwards
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "4"

import boto3
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

root = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
server.start()
endpoint = "http://%s:%s" % server.get_host_and_port()
there = dict(endpoint_url=endpoint, region_name="us-east-1")
nobody = dict(aws_access_key_id="x", aws_secret_access_key="x", **there)
iam = boto3.client("iam", **nobody)
iam.create_user(UserName="millwright")
key = iam.create_access_key(UserName="millwright")["AccessKey"]
policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
iam.put_user_policy(UserName="millwright", PolicyName="all", PolicyDocument=json.dumps(policy))
boto3.client("s3", **nobody).create_bucket(Bucket="models")
s3 = boto3.client("s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"], **there)

environment = {
    **os.environ,
    "MILLWRIGHT_ARTEFACTS": "s3://models/team-a",
    "AWS_ENDPOINT_URL": endpoint,
    "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
    "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
}


def millwright(*args, secret=None):
    env = {**environment, **({"AWS_SECRET_ACCESS_KEY": secret} if secret else {})}
    done = subprocess.run(["node", os.path.join(root, "bin", "millwright.js"), *args], cwd=folder, env=env, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def check(what, held, told=""):
    print("ok " if held else "FAILED:", what)
    if not held:
        sys.exit(told or 1)


with tempfile.TemporaryDirectory() as folder:
    bundle = os.path.join(root, "test/golden/bundles/v1-linear-binary.mill")
    check("init", millwright("init")[0] == 0)
    status, told = millwright("register", bundle, "--name", "churn")
    check("register", status == 0, told)
    names = [entry["Key"] for entry in s3.list_objects_v2(Bucket="models")["Contents"]]
    check("files lie under their hashes", len(names) >= 1 and all(n.startswith("team-a/") and len(n) == 7 + 65 for n in names), str(names))
    check("what lies there is the bundle", any(s3.get_object(Bucket="models", Key=n)["Body"].read() == open(bundle, "rb").read() for n in names))
    status, told = millwright("export", "out")
    check("export reads every file", status == 0, told)
    status, told = millwright("register", bundle, "--name", "other", secret="wrong")
    check("a wrong secret is refused", status != 0 and "STORE_UNREACHABLE" in told and "wrong" not in told, told)
    s3.put_object(Bucket="models", Key="team-a/" + "0" * 2 + "/" + "0" * 62, Body=b"left")
    s3.put_object(Bucket="models", Key="readme", Body=b"not ours")
    time.sleep(2.5)
    status, told = millwright("gc", "--older-than", "1s")
    left = [entry["Key"] for entry in s3.list_objects_v2(Bucket="models")["Contents"]]
    check("gc takes what nobody names, and that alone", status == 0 and sorted(left) == sorted([*names, "readme"]), told + str(left))
server.stop()
