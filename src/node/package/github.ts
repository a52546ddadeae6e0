import { workflowText, yamlText } from './quoted.js';
import type { Subject } from './subject.js';

// Actions run with the rights of the workflow, so each is pinned to the commit of a release.
const CHECKOUT = 'actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2';
const SETUP_NODE = 'actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020 # v4.4.0';
const UPLOAD = 'actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2';
const DOWNLOAD = 'actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093 # v4.3.0';

/** A workflow for GitHub Actions that trains the model anew: data checked, trained, tested, approved by a person. */
export function githubFiles(subject: Subject): Map<string, string> {
  return new Map([[`.github/workflows/model-${subject.label}.yml`, workflow(subject)]]);
}

const setUp = `
      - uses: ${CHECKOUT}
        with:
          persist-credentials: false
      - uses: ${SETUP_NODE}
        with:
          node-version: "24.21.0"
      - name: Install Millwright
        run: npm install --no-save --ignore-scripts --no-audit --no-fund "$MILLWRIGHT"`;

const download = (name: string, path: string): string => `
      - uses: ${DOWNLOAD}
        with:
          name: ${name}
          path: ${path}`;

const upload = (name: string, path: string): string => `
      - uses: ${UPLOAD}
        with:
          name: ${name}
          path: ${path}
          if-no-files-found: error`;

function workflow({ title, name, label, bundle, millwright }: Subject): string {
  const { target } = bundle.task;
  const tool = millwright.tarball ? `./${millwright.tarball.name}` : `millwright@${millwright.version}`;
  return `# Trains the model anew when its data changes: checks the data, trains, tests, and puts the model into production once a person approves.
#
# Needed once:
# - two environments (Settings, Environments): "registry", and "production" with required reviewers, where the last job waits;
# - in both the secret MILLWRIGHT_STORE, postgres://… of the project store that \`millwright init\` made;
# - the variables MILLWRIGHT_RUNNER and MILLWRIGHT_ARTEFACTS: a runner of your own, and the folder on it where the store keeps its files;
# - in this repository .millwright/policy.yaml, which says what a model must keep to;
# - in the store the user "ci" as builder, and each reviewer, by the name on GitHub, as approver: \`millwright user set NAME --roles approver\`.
name: ${yamlText(`Model ${title.replaceAll('${{', '$ {{')}`)}

on:
  workflow_dispatch:
  push:
    branches:
      - main
    paths:
      - "data/**"
  # schedule:
  #   - cron: "17 4 * * 1"

# Reads the repository; whatever else a job needs, it says.
permissions:
  contents: read

# One after the other: two trainings must not ask for promotion side by side.
concurrency:
  group: ${workflowText(`model-${label}`)}
  cancel-in-progress: false

# Texts reach the shell through the environment alone, never as part of a script.
env:
  MILLWRIGHT: ${workflowText(tool)}
  MODEL: ${workflowText(name)}
  DATA: data/train.csv
  TARGET: ${workflowText(target)}
  BUDGET: 10m
  SEED: "0"

jobs:
  check-data:
    name: Check the data
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    steps:${setUp}
      - name: What would be trained, from these columns
        # Fails when the file cannot be read, or the target is gone, constant or an identifier.
        run: npx --no-install millwright plan "$DATA" --target="$TARGET" -o plan.yaml
${upload('plan', 'plan.yaml').slice(1)}

  train:
    name: Train
    needs: check-data
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    steps:${setUp}${download('plan', '.')}
      - name: Train by the plan that was checked
        run: |
          npx --no-install millwright run "$DATA" --plan plan.yaml --budget "$BUDGET" --seed "$SEED" --out results --json > progress.jsonl
          tail -n 1 progress.jsonl > results/summary.json
${upload('results', 'results').slice(1)}

  test:
    name: Test
    needs: train
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    steps:${setUp}${download('results', 'results')}
      - name: It learned something, and no column tells the answer
        # How good it must be stands in .millwright/policy.yaml (production.minimum), and is held against it when it asks for production.
        run: |
          node --input-type=module <<'EOF'
          import { readFileSync } from 'node:fs';
          const { metric, score, baseline, findings } = JSON.parse(readFileSync('results/summary.json', 'utf8'));
          console.log(\`\${metric} \${score?.value}, always guessing the same \${baseline}\`);
          const grave = ['no-signal', 'leak-suspect', 'id-knows-answer', 'missing-tells-answer'];
          const found = findings.filter(({ code }) => grave.includes(code));
          for (const { code, message } of found) console.error(\`\${code}: \${message}\`);
          process.exit(found.length > 0 ? 1 : 0);
          EOF
      - name: It scores every row of the data
        run: npx --no-install millwright predict results "$DATA" -o scored.csv
      - name: The same data and seed give the same model
        run: npx --no-install millwright replay results --data "$DATA" --out again --quiet

  propose:
    name: Register, and ask for production
    needs: test
    if: github.ref == 'refs/heads/main'
    environment: registry
    runs-on: \${{ vars.MILLWRIGHT_RUNNER || 'ubuntu-24.04' }}
    timeout-minutes: 15
    outputs:
      request: \${{ steps.ask.outputs.request }}
    env:
      MILLWRIGHT_STORE: \${{ secrets.MILLWRIGHT_STORE }}
      MILLWRIGHT_ARTEFACTS: \${{ vars.MILLWRIGHT_ARTEFACTS }}
      MILLWRIGHT_USER: ci
    steps:${setUp}${download('results', 'results')}
      - name: Register the model and open a request
        id: ask
        # The policy of the project is held against it here: a model that breaks a rule is refused at once.
        run: |
          npx --no-install millwright register results/model.mill --name "$MODEL" --description "commit $GITHUB_SHA" --json > version.json
          number=$(node -p "JSON.parse(require('fs').readFileSync('version.json', 'utf8')).version.version")
          npx --no-install millwright promote "$MODEL@$number" --reason "trained from commit $GITHUB_SHA" --json > request.json
          request=$(node -p "JSON.parse(require('fs').readFileSync('request.json', 'utf8')).request.id")
          echo "request=$request" >> "$GITHUB_OUTPUT"
          npx --no-install millwright requests "$request" >> "$GITHUB_STEP_SUMMARY"

  approve:
    name: Approve
    needs: propose
    # Waits until a reviewer has read the report and the request, and approves this job.
    environment: production
    runs-on: \${{ vars.MILLWRIGHT_RUNNER || 'ubuntu-24.04' }}
    timeout-minutes: 15
    permissions:
      contents: read
      actions: read # to see who approved
    env:
      MILLWRIGHT_STORE: \${{ secrets.MILLWRIGHT_STORE }}
      MILLWRIGHT_ARTEFACTS: \${{ vars.MILLWRIGHT_ARTEFACTS }}
      REQUEST: \${{ needs.propose.outputs.request }}
    steps:${setUp}
      - name: Approve in the name of the reviewer
        # The registry has the last word: it refuses who is no approver, and whoever trained or asked.
        env:
          GH_TOKEN: \${{ github.token }}
        run: |
          reviewer=$(gh api "repos/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID/approvals" --jq '[.[] | select(.state == "approved" and any(.environments[]; .name == "production"))] | last | .user.login // ""')
          if [ -z "$reviewer" ]; then
            echo "Nobody approved: give the environment \\"production\\" required reviewers." >&2
            exit 1
          fi
          npx --no-install millwright approve "$REQUEST" --as "$reviewer" --reason "approved on GitHub, run $GITHUB_RUN_ID"
`;
}
