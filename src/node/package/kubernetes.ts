import { memoryMiB, PORT, TOKENS, USER } from './docker.js';
import { yamlText } from './quoted.js';
import type { Subject } from './subject.js';

/** Manifests for plain Kubernetes, one object a file. */
export function kubernetesFiles(subject: Subject): Map<string, string> {
  return new Map([
    ['kubernetes/kustomization.yaml', kustomization(subject)],
    ['kubernetes/deployment.yaml', deployment(subject)],
    ['kubernetes/service.yaml', service(subject)],
    ['kubernetes/autoscaler.yaml', autoscaler(subject)],
    ['kubernetes/disruption-budget.yaml', disruptionBudget(subject)],
    ['kubernetes/network-policy.yaml', networkPolicy(subject)],
  ]);
}

/** An InferenceService for KServe, which brings its own deployment, service and scaling. */
export function kserveFiles({ title, name, label, image, version, bytes }: Subject): Map<string, string> {
  const memory = memoryMiB(bytes.length);
  const text = `# The model for KServe: kubectl apply -f inference-service.yaml, after the Secret that README.md describes.
# It is asked by the Open Inference Protocol V2: POST /v2/models/${name}/infer
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: ${label}
  labels:
${labels(label, 4)}
  annotations:
    millwright/title: ${yamlText(title)}
    millwright/version: ${yamlText(version)}
spec:
  predictor:
    minReplicas: 1
    maxReplicas: 6
    # Answering is work for the processor, so its load says how many are needed.
    scaleMetric: cpu
    scaleTarget: 70
    # Seconds; a longer request is one that went wrong.
    timeout: 30
    containers:
      # KServe looks for this name.
      - name: kserve-container
        image: ${yamlText(image)}
        env:
          - name: PROTOCOL
            value: v2
        ports:
          - containerPort: ${PORT}
            protocol: TCP
        resources:
          requests:
            cpu: 250m
            memory: ${memory / 2}Mi
          limits:
            cpu: "2"
            memory: ${memory}Mi
${containerSecurity(8)}
        readinessProbe:
          httpGet:
            path: /v2/health/ready
            port: ${PORT}
          periodSeconds: 5
        livenessProbe:
          httpGet:
            path: /v2/health/live
            port: ${PORT}
          periodSeconds: 10
          failureThreshold: 6
        volumeMounts:
${tokenMount(10)}
    volumes:
${tokenVolume(label, 6)}
`;
  return new Map([['kserve/inference-service.yaml', text]]);
}

const indented = (spaces: number, lines: string): string =>
  lines
    .trim()
    .split('\n')
    .map((line) => ' '.repeat(spaces) + line)
    .join('\n');

const labels = (label: string, spaces: number): string =>
  indented(spaces, `app.kubernetes.io/name: ${label}\napp.kubernetes.io/managed-by: millwright`);

const containerSecurity = (spaces: number): string =>
  indented(
    spaces,
    `
securityContext:
  runAsNonRoot: true
  runAsUser: ${USER}
  runAsGroup: ${USER}
  # It writes nothing, gains no rights, and asks nothing of the kernel that others do not.
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
  capabilities:
    drop:
      - ALL
  seccompProfile:
    type: RuntimeDefault`,
  );

const tokenMount = (spaces: number): string =>
  indented(
    spaces,
    `
- name: tokens
  mountPath: ${TOKENS.slice(0, TOKENS.lastIndexOf('/'))}
  readOnly: true`,
  );

const tokenVolume = (label: string, spaces: number): string =>
  indented(
    spaces,
    `
- name: tokens
  secret:
    # Made by hand, so that no secret is in a file: README.md says how. It holds hashes alone.
    secretName: ${label}-tokens
    items:
      - key: ${TOKENS.slice(TOKENS.lastIndexOf('/') + 1)}
        path: ${TOKENS.slice(TOKENS.lastIndexOf('/') + 1)}`,
  );

function kustomization({ title, version, label }: Subject): string {
  return `# kubectl apply -k kubernetes, after the Secret that README.md describes.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
commonAnnotations:
  millwright/title: ${yamlText(title)}
  millwright/version: ${yamlText(version)}
resources:
  - deployment.yaml
  - service.yaml
  - autoscaler.yaml
  - disruption-budget.yaml
  - network-policy.yaml
# Where it goes: uncomment, or name it with -n.
# namespace: ${label}
`;
}

function deployment({ title, version, label, image, bytes }: Subject): string {
  const memory = memoryMiB(bytes.length);
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${label}
  labels:
${labels(label, 4)}
  annotations:
    millwright/title: ${yamlText(title)}
spec:
  # No "replicas": the autoscaler decides, and applying this file again must not undo it.
  revisionHistoryLimit: 5
  strategy:
    rollingUpdate:
      # A new one answers before an old one goes.
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      app.kubernetes.io/name: ${label}
  template:
    metadata:
      labels:
${labels(label, 8)}
      annotations:
        millwright/version: ${yamlText(version)}
    spec:
      # It never asks the cluster for anything.
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: 45
      # Not all on one machine, where there are several.
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              app.kubernetes.io/name: ${label}
      containers:
        - name: model
          image: ${yamlText(image)}
          imagePullPolicy: IfNotPresent
          ports:
            - name: http
              containerPort: ${PORT}
              protocol: TCP
          resources:
            requests:
              cpu: 250m
              memory: ${memory / 2}Mi
            # No limit on the processor: it would slow answers down while there is work that others leave undone.
            limits:
              memory: ${memory}Mi
${containerSecurity(10)}
          # Up to a minute to load the model before the other probes begin.
          startupProbe:
            httpGet:
              path: /v2/health/ready
              port: http
            periodSeconds: 2
            failureThreshold: 30
          readinessProbe:
            httpGet:
              path: /v2/health/ready
              port: http
            periodSeconds: 5
          # Patient: a server that is busy must not be killed for it.
          livenessProbe:
            httpGet:
              path: /v2/health/live
              port: http
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          lifecycle:
            # The end of a pod and its leaving the service happen side by side: wait until nobody sends to it any more.
            preStop:
              exec:
                command: ["sleep", "5"]
          volumeMounts:
${tokenMount(12)}
      volumes:
${tokenVolume(label, 8)}
`;
}

function service({ label }: Subject): string {
  return `apiVersion: v1
kind: Service
metadata:
  name: ${label}
  labels:
${labels(label, 4)}
spec:
  # Within the cluster; an ingress or gateway with TLS lets others in.
  type: ClusterIP
  selector:
    app.kubernetes.io/name: ${label}
  ports:
    - name: http
      port: 80
      targetPort: http
      protocol: TCP
`;
}

function autoscaler({ label }: Subject): string {
  return `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: ${label}
  labels:
${labels(label, 4)}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: ${label}
  # Two, so that one may fail.
  minReplicas: 2
  maxReplicas: 6
  metrics:
    # Answering is work for the processor: its load, of what is requested, says how many are needed.
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 70
  behavior:
    scaleDown:
      # Up at once, down after five quiet minutes.
      stabilizationWindowSeconds: 300
`;
}

function disruptionBudget({ label }: Subject): string {
  return `# When machines are emptied, one pod after the other goes.
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: ${label}
  labels:
${labels(label, 4)}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: ${label}
`;
}

function networkPolicy({ label }: Subject): string {
  return `# Pods of this namespace may ask it; it may ask nobody.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: ${label}
  labels:
${labels(label, 4)}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: ${label}
  policyTypes:
    - Ingress
    - Egress
  ingress:
    - from:
        - podSelector: {}
        # An ingress controller lives in a namespace of its own: let it in by its name.
        # - namespaceSelector:
        #     matchLabels:
        #       kubernetes.io/metadata.name: ingress-nginx
      ports:
        - port: http
          protocol: TCP
  egress: []
`;
}
