"""octodns-sync with a vendor's SDK that reaches a fake: octodns_at.py CLOUD URL TOKEN ARGUMENTS...

octoDNS's own code runs as it is. Two of its providers have no setting for the address of the API, so here
the SDK that they open gets address and token: google-cloud-dns for octodns-googlecloud, azure-mgmt-dns for
octodns-azure. octodns-cloudflare has `api_url`, and boto3 reads AWS_ENDPOINT_URL_ROUTE_53.

octodns-azure looks at Traffic Manager as well: once in a run, and for each record set that it changes
where there is no profile at all. That is another service; here it is empty and its calls are not counted.
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
    import azure.common.credentials
    import azure.mgmt.dns
    import azure.mgmt.trafficmanager
    from azure.core.credentials import AccessToken
    from azure.core.pipeline.policies import _authentication

    class Token:
        def get_token(self, *_scopes, **_options):
            return AccessToken(token, int(time.time()) + 3600)

    class Client(azure.mgmt.dns.DnsManagementClient):
        def __init__(self, credential, subscription_id, **more):
            scopes = [f"{url}/.default"]
            super().__init__(Token(), subscription_id, base_url=url, credential_scopes=scopes, **more)

    class Profiles:
        def list_by_resource_group(self, _group):
            return []

    class TrafficManager:
        profiles = Profiles()

        def __init__(self, *_arguments):
            pass

    azure.mgmt.dns.DnsManagementClient = Client
    # Traffic Manager is another service, at which nothing is in this account.
    azure.mgmt.trafficmanager.TrafficManagerManagementClient = TrafficManager
    azure.common.credentials.ServicePrincipalCredentials = lambda *_arguments, **_more: None
    # A fake on loopback speaks plain HTTP.
    _authentication._enforce_https = lambda request: None


if __name__ == "__main__":
    cloud, url, token, *arguments = sys.argv[1:]
    {"cloud-dns": google, "azure-dns": azure}.get(cloud, lambda *_: None)(url, token)
    from octodns.cmds.sync import main

    sys.argv = ["octodns-sync", *arguments]
    main()
