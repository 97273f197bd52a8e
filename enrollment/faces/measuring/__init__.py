"""How wrong an engine set is, measured on folders of photographs that are nobody's references.

Pure: numpy and Pillow, and matplotlib only where something is drawn. Nothing here knows a school or its database.
"""
