import { keys, type BackendBlock, type BackendFacts } from './types';

type Names = Parameters<typeof keys>[0];

const block = (names: Names, required: readonly string[] = []): BackendBlock => ({
  form: 'block',
  keys: keys(names),
  required,
});

/** Of an object Terraform drops unknown keys without a word. */
const object = (names: Names, required: readonly string[] = []): BackendBlock => ({
  ...block(names, required),
  form: 'object',
});

const HCP: Pick<BackendFacts, 'secrets' | 'credentials'> = {
  secrets: { token: 'TF_TOKEN_<host>' },
  credentials: 'TF_TOKEN_<host>',
};

const S3_ROLE = 'duration policy role_arn session_name';

/**
 * Keys of the backends, as Terraform 1.11 has them. They were found by asking Terraform, and the acceptance suite asks it
 * again: every key here is one that it takes, with a value of this kind, and a key of another backend is one that it refuses.
 */
const BACKENDS = {
  azurerm: {
    keys: keys({
      string: `access_key ado_pipeline_service_connection_id client_certificate client_certificate_password
        client_certificate_path client_id client_id_file_path client_secret client_secret_file_path container_name endpoint
        environment key metadata_host msi_endpoint oidc_request_token oidc_request_url oidc_token oidc_token_file_path
        resource_group_name sas_token storage_account_name subscription_id tenant_id`,
      bool: 'lookup_blob_endpoint snapshot use_aks_workload_identity use_azuread_auth use_cli use_msi use_oidc',
    }),
    required: ['storage_account_name', 'container_name', 'key'],
    secrets: {
      access_key: 'ARM_ACCESS_KEY',
      client_certificate: 'ARM_CLIENT_CERTIFICATE',
      client_certificate_password: 'ARM_CLIENT_CERTIFICATE_PASSWORD',
      client_secret: 'ARM_CLIENT_SECRET',
      oidc_request_token: 'ARM_OIDC_REQUEST_TOKEN',
      oidc_token: 'ARM_OIDC_TOKEN',
      sas_token: 'ARM_SAS_TOKEN',
    },
    credentials: 'ARM_ACCESS_KEY, ARM_SAS_TOKEN or ARM_CLIENT_SECRET',
  },
  cloud: {
    keys: {
      ...keys({ string: 'hostname organization token' }),
      workspaces: block({ string: 'name project', list: 'tags' }),
    },
    // TF_CLOUD_ORGANIZATION and TF_WORKSPACE can stand for them.
    required: [],
    ...HCP,
  },
  consul: {
    keys: keys({
      string: 'access_token address ca_file cert_file datacenter http_auth key_file path scheme',
      bool: 'gzip lock',
    }),
    required: ['path'],
    secrets: { access_token: 'CONSUL_HTTP_TOKEN', http_auth: 'CONSUL_HTTP_AUTH' },
    credentials: 'CONSUL_HTTP_TOKEN or CONSUL_HTTP_AUTH',
  },
  cos: {
    keys: {
      ...keys({
        string:
          'acl bucket cam_role_name domain endpoint key prefix profile region secret_id secret_key security_token',
        bool: 'accelerate encrypt',
      }),
      assume_role: block({ string: 'external_id policy role_arn session_name', number: 'session_duration' }, [
        'role_arn',
        'session_name',
      ]),
    },
    required: ['bucket'],
    secrets: {
      secret_id: 'TENCENTCLOUD_SECRET_ID',
      secret_key: 'TENCENTCLOUD_SECRET_KEY',
      security_token: 'TENCENTCLOUD_SECURITY_TOKEN',
    },
    credentials: 'TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY',
  },
  gcs: {
    keys: keys({
      string: `access_token bucket credentials encryption_key impersonate_service_account kms_encryption_key prefix
        storage_custom_endpoint`,
      list: 'impersonate_service_account_delegates',
    }),
    required: ['bucket'],
    secrets: { access_token: 'GOOGLE_OAUTH_ACCESS_TOKEN', encryption_key: 'GOOGLE_ENCRYPTION_KEY' },
    credentials: 'GOOGLE_CREDENTIALS',
  },
  http: {
    keys: keys({
      string: `address client_ca_certificate_pem client_certificate_pem client_private_key_pem lock_address lock_method
        password unlock_address unlock_method update_method username`,
      number: 'retry_max retry_wait_max retry_wait_min',
      bool: 'skip_cert_verification',
    }),
    // TF_HTTP_ADDRESS can stand for the address.
    required: [],
    secrets: { client_private_key_pem: 'TF_HTTP_CLIENT_PRIVATE_KEY_PEM', password: 'TF_HTTP_PASSWORD' },
    credentials: 'TF_HTTP_USERNAME and TF_HTTP_PASSWORD',
  },
  local: {
    keys: keys({ string: 'path workspace_dir' }),
    required: [],
    secrets: {},
    credentials: 'its environment variables',
  },
  oss: {
    keys: {
      ...keys({
        string: `access_key acl assume_role_policy assume_role_role_arn assume_role_session_name bucket ecs_role_name
          endpoint key prefix profile region secret_key security_token shared_credentials_file sts_endpoint
          tablestore_endpoint tablestore_table`,
        number: 'assume_role_session_expiration',
        bool: 'encrypt',
      }),
      assume_role: block({ string: 'policy role_arn session_name', number: 'session_expiration' }, [
        'role_arn',
      ]),
    },
    required: ['bucket'],
    secrets: {
      access_key: 'ALICLOUD_ACCESS_KEY',
      secret_key: 'ALICLOUD_SECRET_KEY',
      security_token: 'ALICLOUD_SECURITY_TOKEN',
    },
    credentials: 'ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY',
  },
  pg: {
    keys: keys({
      string: 'conn_str schema_name',
      bool: 'skip_index_creation skip_schema_creation skip_table_creation',
    }),
    required: [],
    secrets: {},
    credentials: 'PG_CONN_STR',
  },
  remote: {
    keys: {
      ...keys({ string: 'hostname organization token' }),
      workspaces: block({ string: 'name prefix' }),
    },
    required: ['organization', 'workspaces'],
    ...HCP,
  },
  s3: {
    keys: {
      ...keys({
        string: `access_key acl bucket custom_ca_bundle dynamodb_endpoint dynamodb_table ec2_metadata_service_endpoint
          ec2_metadata_service_endpoint_mode endpoint http_proxy https_proxy iam_endpoint key kms_key_id no_proxy profile
          region retry_mode secret_key shared_credentials_file sse_customer_key sts_endpoint sts_region token
          workspace_key_prefix`,
        number: 'max_retries',
        bool: `encrypt force_path_style insecure skip_credentials_validation skip_metadata_api_check
          skip_region_validation skip_requesting_account_id skip_s3_checksum use_dualstack_endpoint use_fips_endpoint
          use_lockfile use_path_style`,
        list: 'allowed_account_ids forbidden_account_ids shared_config_files shared_credentials_files',
      }),
      assume_role: object(
        {
          string: `${S3_ROLE} external_id source_identity`,
          list: 'policy_arns transitive_tag_keys',
          map: 'tags',
        },
        ['role_arn'],
      ),
      assume_role_with_web_identity: object(
        { string: `${S3_ROLE} web_identity_token web_identity_token_file`, list: 'policy_arns' },
        ['role_arn'],
      ),
      endpoints: object({ string: 'dynamodb iam s3 sso sts' }),
    },
    required: ['bucket', 'key'],
    secrets: {
      access_key: 'AWS_ACCESS_KEY_ID',
      secret_key: 'AWS_SECRET_ACCESS_KEY',
      sse_customer_key: 'AWS_SSE_CUSTOMER_KEY',
      token: 'AWS_SESSION_TOKEN',
      web_identity_token: 'AWS_WEB_IDENTITY_TOKEN_FILE',
    },
    credentials: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  },
} as const satisfies Readonly<Record<string, BackendFacts>>;

export type BackendType = keyof typeof BACKENDS;

/** Backends that a definition can have: all of cdktf. */
export const BACKEND_TYPES = Object.keys(BACKENDS) as [BackendType, ...BackendType[]];

/** Facts of a backend, as the interface has them: the narrow type of `BACKENDS` is for its names. */
export const backendFacts = (type: BackendType): BackendFacts => BACKENDS[type];
