/** Our commands as children, the real omnictl, and a real Omni 1.9.3 with machines behind its own controllers. */
import type { RealOmni } from '../../simulators/omni';
import { BASE } from '../helpers/inventory';
import { Operator } from '../helpers/operator';
import { describeRealOmni, realOmni } from '../helpers/real-omni';

jest.setTimeout(240_000);

describeRealOmni('a real Omni: the life of a cluster', () => {
  const omni = realOmni();
  let operator: Operator<RealOmni>;
  beforeAll(async () => {
    operator = await Operator.at(omni(), 'home', BASE);
  });

  it('makes the cluster', async () => {
    const { stderr } = await operator.rollOut(['--wait', '120s', '--timeout', '60s']);
    expect(stderr).toContain('home: applied');
    const machines = await omni().machines();
    expect(machines.map(({ talos, stage }) => ({ talos, stage }))).toEqual(
      Array(5).fill({ talos: 'v1.11.5', stage: 'running' }),
    );
  });
});
