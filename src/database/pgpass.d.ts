/** The module has no types of its own. */
declare module 'pgpass' {
  interface Connection {
    readonly host: string;
    readonly port: number;
    readonly database?: string | undefined;
    readonly user?: string | undefined;
  }
  export default function pgpass(
    connection: Connection,
    answer: (password: string | undefined) => void,
  ): void;
}
