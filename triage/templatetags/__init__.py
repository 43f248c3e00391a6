"""Which filters do the pages of the desk use?"""
