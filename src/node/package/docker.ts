import { commentText, composeText } from './quoted.js';
import { installed, type Subject } from './subject.js';

/** Node in the image: a version of its own, for the same bytes every time. */
const NODE = '24.21.0-bookworm-slim';
/** What runs models that were trained elsewhere. */
const ONNXRUNTIME = '1.30.0';
/** A user that exists in no image, so that nobody's files are theirs. */
export const USER = 10001;
export const PORT = 8080;
/** Where the hashes of tokens are, in every container. */
export const TOKENS = '/run/secrets/tokens.json';

/** The image: Dockerfile, what it takes in, and a compose file. */
export function dockerFiles(subject: Subject): Map<string, string | Uint8Array> {
  const { bytes, millwright } = subject;
  const files = new Map<string, string | Uint8Array>([
    ['Dockerfile', dockerfile(subject)],
    ['.dockerignore', dockerignore(subject)],
    ['package.json', packageJson(subject)],
    ['compose.yaml', compose(subject)],
    ['model.mill', bytes],
  ]);
  if (millwright.tarball) files.set(millwright.tarball.name, millwright.tarball.bytes);
  return files;
}

function dockerfile({ title, name, sha256, version, label, millwright }: Subject): string {
  const { tarball } = millwright;
  return `# syntax=docker/dockerfile:1
# The model ${commentText(title)}, version ${version}, behind \`millwright serve\`. Made by \`millwright package\`.
#
#   docker build -t ${label}:${version} .
#   docker run --read-only --cap-drop ALL -p 127.0.0.1:${PORT}:${PORT} -v "$PWD/tokens.json:${TOKENS}:ro" ${label}:${version}

# Pinned to a version. To pin to the very bytes, add @sha256:... as \`docker buildx imagetools inspect\` tells it.
ARG NODE=${NODE}

# First stage: fetches packages, and is thrown away with all its caches.
FROM node:\${NODE} AS build
WORKDIR /app
# A package-lock.json beside this file (npm install --package-lock-only) pins the dependencies of dependencies too.
COPY package.json package-lock.json* ./
${tarball ? `COPY ["${tarball.name}", "./"]\n` : ''}# No script of any package runs, here or later.
RUN npm install --omit=dev --ignore-scripts --no-audit --no-fund
COPY model.mill /models/${name}.mill
# Ends here when the bundle is not the one that was packaged, or when this Millwright cannot read it.
RUN test "$(sha256sum < /models/${name}.mill)" = "${sha256}  -" && node node_modules/millwright/bin/millwright.js show /models/${name}.mill

# Second stage: what runs. Everything in it belongs to root and is only read.
FROM node:\${NODE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /models /models
# By number, so that Kubernetes can see that it is not root.
USER ${USER}:${USER}
EXPOSE ${PORT}
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["node", "-e", "fetch('http://127.0.0.1:${PORT}/v2/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "node_modules/millwright/bin/millwright.js"]
# Others can reach it, so it asks for tokens: the file holds hashes alone, and is mounted, never built in.
CMD ["serve", "${name}=/models/${name}.mill", "--host", "0.0.0.0", "--port", "${PORT}", "--tokens", "${TOKENS}"]
`;
}

function dockerignore({ millwright }: Subject): string {
  const taken = ['package.json', 'package-lock.json', 'model.mill', ...(millwright.tarball ? [millwright.tarball.name] : [])];
  return `# Nothing but what the Dockerfile takes reaches the builder: no tokens, no data.\n*\n${taken.map((file) => `!${file}\n`).join('')}`;
}

function packageJson({ label, version, millwright, bundle }: Subject): string {
  const content = {
    ...{ name: label, version: '1.0.0', description: `The model of version ${version} behind millwright serve`, private: true },
    dependencies: { millwright: installed(millwright), ...(bundle.model.kind === 'onnx' && { 'onnxruntime-node': ONNXRUNTIME }) },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function compose({ image, name, version, bytes }: Subject): string {
  return `# The model on one machine: docker compose up --build
services:
  model:
    build: .
    image: ${composeText(image)}
    labels:
      millwright.model: ${composeText(name)}
      millwright.version: ${composeText(version)}
    ports:
      # This machine alone; put a proxy with TLS before it for others.
      - "127.0.0.1:${PORT}:${PORT}"
    secrets:
      - source: tokens
        target: tokens.json
    user: "${USER}:${USER}"
    # It writes nothing: neither a bug nor an intruder can leave anything behind.
    read_only: true
    tmpfs:
      - /tmp
    cap_drop:
      - ALL
    security_opt:
      - no-new-privileges:true
    restart: unless-stopped
    # Time to answer what has arrived.
    stop_grace_period: 30s
    deploy:
      resources:
        limits:
          cpus: "1"
          memory: ${memoryMiB(bytes.length)}M
secrets:
  tokens:
    # Hashes of tokens; README.md says how to make it.
    file: ./tokens.json
`;
}

/** Memory that a server of a bundle needs at most, by rule of thumb: what Node and the service take, and the model unpacked with its copies. */
export function memoryMiB(bundleBytes: number): number {
  return Math.ceil((512 + (16 * bundleBytes) / 2 ** 20) / 64) * 64;
}
