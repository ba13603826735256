import type { Route } from '../server/call';
import { accessRoutes } from './access';
import { agentRoutes } from './agent';
import { clusterRoutes } from './cluster';
import { contentRoutes } from './content';
import { downloadRoutes } from './download';
import { haRoutes } from './ha';
import { mappingRoutes } from './mappings';
import { networkRoutes } from './network';
import { nodeRoutes } from './nodes';
import { poolRoutes } from './pools';
import { storageRoutes } from './storage';
import { taskRoutes } from './tasks';
import { vmCloneRoutes } from './vm-clone';
import { vmConfigRoutes } from './vm-config';
import { vmDiskRoutes } from './vm-disk';
import { vmRoutes } from './vm';
import { vmPowerRoutes } from './vm-power';

/** Everything that is simulated; any other path answers 501. */
export const routes: readonly Route[] = [
  ...accessRoutes,
  ...clusterRoutes,
  ...nodeRoutes,
  ...taskRoutes,
  ...vmRoutes,
  ...vmConfigRoutes,
  ...vmPowerRoutes,
  ...vmDiskRoutes,
  ...vmCloneRoutes,
  ...agentRoutes,
  ...storageRoutes,
  ...contentRoutes,
  ...downloadRoutes,
  ...poolRoutes,
  ...mappingRoutes,
  ...haRoutes,
  ...networkRoutes,
];
