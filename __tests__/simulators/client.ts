import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DEFAULT_SECRET,
  DEFAULT_TOKEN,
  startPve,
  type Pve,
  type Site,
  type SiteOptions,
} from '../../simulators/pve';

export interface Answer<T = unknown> {
  readonly status: number;
  /** The HTTP reason phrase. */
  readonly reason: string;
  readonly data: T;
  readonly errors?: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Sent = Readonly<Record<string, string | number | readonly string[]>>;

/** Speaks to one site as a program would: certificate verified, parameters in the query or in a form. */
export class Client {
  constructor(
    private readonly pve: Pve,
    readonly site: Site,
    private readonly headers: Readonly<Record<string, string>> = { authorization: authorization() },
  ) {}

  as(headers: Readonly<Record<string, string>>): Client {
    return new Client(this.pve, this.site, headers);
  }

  async call<T = unknown>(method: string, path: string, sent: Sent = {}): Promise<Answer<T>> {
    const pairs = Object.entries(sent).flatMap(([key, value]) =>
      (Array.isArray(value) ? value : [value]).map((item: unknown) => [key, String(item)]),
    );
    const form = new URLSearchParams(pairs).toString();
    const inQuery = method === 'GET' || method === 'DELETE';
    const url = `${this.site.endpoint}api2/json${path}${inQuery && form !== '' ? `?${form}` : ''}`;
    return inQuery
      ? this.send<T>(method, url)
      : this.send<T>(method, url, Buffer.from(form), 'application/x-www-form-urlencoded');
  }

  send<T>(method: string, url: string, body?: Buffer, type?: string): Promise<Answer<T>> {
    const headers = { ...this.headers, ...(type === undefined ? {} : { 'content-type': type }) };
    return new Promise((resolve, reject) => {
      const sending = request(
        url,
        { method, headers, ca: this.pve.certificate, agent: false },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('end', () => {
            const json = JSON.parse(text) as { data: T; errors?: Record<string, string> };
            const { statusCode: status = 0, statusMessage: reason = '' } = response;
            resolve({ status, reason, body: text, ...json });
          });
        },
      );
      sending.on('error', reject);
      sending.end(body);
    });
  }

  get = <T = unknown>(path: string, sent?: Sent): Promise<Answer<T>> => this.call<T>('GET', path, sent);
  post = <T = unknown>(path: string, sent?: Sent): Promise<Answer<T>> => this.call<T>('POST', path, sent);
  put = <T = unknown>(path: string, sent?: Sent): Promise<Answer<T>> => this.call<T>('PUT', path, sent);
  delete = <T = unknown>(path: string, sent?: Sent): Promise<Answer<T>> => this.call<T>('DELETE', path, sent);

  /** The exit status of the task that a request starts; fails if it starts none. */
  async task(method: string, path: string, sent?: Sent): Promise<string> {
    const { status, reason, data } = await this.call<string>(method, path, sent);
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${reason}`);
    for (;;) {
      const task = this.site.state.tasks.get(data);
      if (!task) throw new Error(`${method} ${path}: ${data} is no task`);
      if (task.status === 'stopped') return task.exitstatus ?? '';
      await sleep(5);
    }
  }
}

export const authorization = (token = DEFAULT_TOKEN, secret = DEFAULT_SECRET): string =>
  `PVEAPIToken=${token}=${secret}`;

const running: Pve[] = [];

/** Starts one site and gives a client of it; it is stopped after the tests of the file. */
export async function startSite(options: Partial<SiteOptions> = {}, strict = true): Promise<Client> {
  const pve = await startPve({ sites: [{ name: 'pve1', ...options }], strict });
  running.push(pve);
  return new Client(pve, pve.site(options.name ?? 'pve1'));
}

afterAll(async () => {
  await Promise.all(running.splice(0).map((pve) => pve.close()));
});

/** A VM as the provider sends it: OVMF, one disk, an ISO, a NIC. */
export const vmRequest = (vmid: number, changes: Sent = {}): Sent => ({
  vmid,
  name: `vm-${vmid}`,
  bios: 'ovmf',
  machine: 'q35',
  cores: 4,
  memory: 8192,
  scsihw: 'virtio-scsi-single',
  efidisk0: 'file=local-lvm:1,format=raw,efitype=4m,pre-enrolled-keys=0',
  scsi0: 'file=local-lvm:50,format=raw,size=53687091200,iothread=1,aio=io_uring,ssd=1',
  ide2: 'file=none,media=cdrom,',
  net0: 'model=virtio,bridge=vmbr0,firewall=0,macaddr=BC:24:11:00:00:01',
  boot: 'order=scsi0;ide2',
  tags: 'talos;b;talos',
  ...changes,
});
