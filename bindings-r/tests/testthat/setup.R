# Before any test: whatever the runner is, a laptop, a build server or a session, the tests find the same.
clean_environment()
