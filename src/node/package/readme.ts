import { PORT } from './docker.js';
import { commentText } from './quoted.js';
import type { Subject } from './subject.js';

/** What lies in the folder, and what to do with it. */
export function readme(subject: Subject, targets: ReadonlySet<string>): string {
  const { title, name, label, image, version, sha256, millwright } = subject;
  const parts = [
    `# The model ${commentText(title)}\n\nMade by \`millwright package\` ${millwright.version} from the bundle with the SHA-256 \`${sha256}\`.`,
  ];
  if (['docker', 'kubernetes', 'kserve'].some((target) => targets.has(target)))
    parts.push(`## Tokens

The service asks for a token. This makes one, keeps its hash in \`tokens.json\`, and tells the secret once:

    node -e 'const c = require("node:crypto"), s = c.randomBytes(24).toString("base64url"); console.error("secret: " + s); console.log(JSON.stringify([{ user: "app", sha256: c.createHash("sha256").update(s).digest("hex"), roles: ["predictor"] }]))' > tokens.json`);
  if (targets.has('docker'))
    parts.push(`## Docker

    docker compose up --build
    curl -H "authorization: Bearer $SECRET" -H 'content-type: application/json' -d '{}' http://127.0.0.1:${PORT}/v1/models/${name}/predict

or \`docker build -t ${label}:${version} .\`; the Dockerfile says how to run it read-only.${millwright.tarball ? '' : ` It installs millwright ${millwright.version} from the registry; for a build that is not published, package with \`--tarball\` and what \`npm pack\` made.`}`);
  if (targets.has('kubernetes'))
    parts.push(`## Kubernetes

Push the image as \`${image}\` (\`--image\` names another), then:

    kubectl create secret generic ${label}-tokens --from-file=tokens.json
    kubectl apply -k kubernetes

\`GET /metrics\` is for Prometheus, with a token of the role \`viewer\`.`);
  if (targets.has('kserve'))
    parts.push(`## KServe

The same image and the same secret:

    kubectl create secret generic ${label}-tokens --from-file=tokens.json
    kubectl apply -f kserve/inference-service.yaml`);
  if (targets.has('lambda'))
    parts.push(`## AWS Lambda

    cd lambda && zip function.zip index.mjs model.mjs

Runtime \`nodejs22.x\` or later, handler \`index.handler\`. Nothing else is needed.`);
  if (targets.has('github'))
    parts.push(`## GitHub Actions

Copy \`.github\` into the repository that holds the data. The beginning of the workflow says what it needs once.`);
  if (targets.has('js')) parts.push(`## JavaScript\n\n    import { predict } from './js/model.js';`);
  return `${parts.join('\n\n')}\n`;
}
