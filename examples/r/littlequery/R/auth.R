# lq_auth(), lq_deauth(), lq_token(), lq_has_token(), lq_has_valid_token(), lq_user(), lq_auth_configure(),
# lq_oauth_client(), lq_api_key() and lq_scopes(): see ?tokcore::tok_auth_functions.
tokcore::tok_auth_functions("lq", scopes = "bigquery")
