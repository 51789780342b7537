"""What the Workbench user guide shows for posit-sdk, as one program: list, find, get, credentials."""

from posit.workbench import Client

client = Client()

for integration in client.oauth.integrations.find():
    print(integration["name"], integration["display_name"], integration["guid"])
    print("  client", integration["client_id"])
    print("  scopes", ", ".join(integration["scopes"]))
    print("  signed in:", integration["authenticated"])

github = client.oauth.integrations.find_by(name="^github$")
print("by name:", github["guid"] if github else None)

guid = client.oauth.integrations.find()[0]["guid"]
print("by guid:", client.oauth.integrations.get(guid)["name"])

signed_in = client.oauth.integrations.find_by(authenticated=True)
if signed_in is None:
    print("nobody is signed in:", client.oauth.get_credentials(audience=guid))
else:
    credentials = client.oauth.get_credentials(audience=signed_in["guid"])
    print("integration:", credentials["integration_id"])
    print("expires:", credentials["expiry"].isoformat())
    print("token has", len(credentials["access_token"]), "characters")
