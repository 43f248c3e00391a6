"""Which processes make up a running stack, and who starts, watches and stops them?"""
