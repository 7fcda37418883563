/** What `doctor` has found out about one thing that conversions need. */
export interface Finding {
  readonly type: 'finding';
  readonly topic: string;
  /** `limited`: some guests, or some options, and the message says which. `missing`: no conversion works here. */
  readonly verdict: 'good' | 'limited' | 'missing';
  readonly message: string;
  /** Empty where there is nothing to do. */
  readonly remedy: string;
}

/** Something that a host has as it should be. */
export const good = (topic: string, message: string): Finding => ({
  type: 'finding',
  topic,
  verdict: 'good',
  message,
  remedy: '',
});

/** Something without which less works. */
export const limited = (topic: string, message: string, remedy: string): Finding => ({
  type: 'finding',
  topic,
  verdict: 'limited',
  message,
  remedy,
});

/** Something without which nothing works. */
export const missing = (topic: string, message: string, remedy: string): Finding => ({
  type: 'finding',
  topic,
  verdict: 'missing',
  message,
  remedy,
});
