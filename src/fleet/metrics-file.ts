import { chmodSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../errors.js';
import { programVersion } from '../program-version.js';
import { metricsAfter, metricsText, noMetrics } from './metrics.js';
import type { HostQueue } from './queue/host-queue.js';
import type { WorkerEvent } from './worker-events.js';

export interface MetricsFile {
  readonly write: (event: WorkerEvent) => void;
  /** From now on it also says what stands in the queue. */
  readonly watch: (queue: Pick<HostQueue, 'counts'>) => void;
  readonly stop: () => void;
}

/** How often the queue is counted, in milliseconds: about as often as Prometheus looks. */
const countMs = 15_000;

/**
 * Keeps a file for node exporter's textfile collector, whole at every time: it is read by whoever may, and its name ends as
 * the collector wants it. Throws a `UsageError` where its folder is missing. A file that can't be written later is not worth
 * a conversion.
 */
export function openMetricsFile(path: string): MetricsFile {
  if (!path.endsWith('.prom'))
    throw new UsageError(`--metrics ${path} doesn't end with .prom`, {
      remedy: "node exporter's textfile collector reads *.prom only",
    });
  if (!statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`--metrics ${path} is in no folder`, { remedy: "make it: it is node exporter's" });
  let metrics = noMetrics;
  let timer: NodeJS.Timeout | undefined;
  const save = () => {
    try {
      const draft = `${path}.${process.pid}.tmp`;
      writeFileSync(draft, metricsText(metrics, programVersion));
      // Node exporter is another user, whatever our umask is.
      chmodSync(draft, 0o644);
      renameSync(draft, path);
    } catch {
      // The next one may succeed.
    }
  };
  const count = async (queue: Pick<HostQueue, 'counts'>) => {
    const counts = await queue.counts().catch(() => undefined);
    if (counts === undefined) return;
    metrics = { ...metrics, queue: counts };
    save();
  };
  return {
    write: (event) => {
      const before = metrics;
      metrics = metricsAfter(metrics, event, Date.now());
      if (metrics !== before || event.type === 'worker-started') save();
    },
    watch: (queue) => {
      void count(queue);
      timer = setInterval(() => void count(queue), countMs);
      timer.unref();
    },
    stop: () => clearInterval(timer),
  };
}
