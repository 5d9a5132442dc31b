"""octodns-sync with a vendor's SDK that reaches a fake: octodns_at.py CLOUD URL TOKEN ARGUMENTS...

octoDNS's own code runs as it is. Two of its providers have no setting for the address of the API, so here
the SDK that they open gets address and token: google-cloud-dns for octodns-googlecloud, azure-mgmt-dns for
octodns-azure. octodns-cloudflare has `api_url`, and boto3 reads AWS_ENDPOINT_URL_ROUTE_53.
"""

import sys
import time


def google(url, token):
    from google.cloud import dns
    from google.oauth2.credentials import Credentials

    class Client(dns.Client):
        def __init__(self, project=None):
            super().__init__(project, Credentials(token), client_options={"api_endpoint": url})

    dns.Client = Client


def azure(url, token):
    import azure.mgmt.dns
    from azure.core.credentials import AccessToken
    from azure.core.pipeline.policies import _authentication

    class Token:
        def get_token(self, *_scopes, **_options):
            return AccessToken(token, int(time.time()) + 3600)

    class Client(azure.mgmt.dns.DnsManagementClient):
        def __init__(self, credential, subscription_id, **more):
            scopes = [f"{url}/.default"]
            super().__init__(Token(), subscription_id, base_url=url, credential_scopes=scopes, **more)

    azure.mgmt.dns.DnsManagementClient = Client
    # A fake on loopback speaks plain HTTP.
    _authentication._enforce_https = lambda request: None


if __name__ == "__main__":
    cloud, url, token, *arguments = sys.argv[1:]
    {"cloud-dns": google, "azure-dns": azure}.get(cloud, lambda *_: None)(url, token)
    from octodns.cmds.sync import main

    sys.argv = ["octodns-sync", *arguments]
    main()
