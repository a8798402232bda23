"""Lists of a segment's customers, to be sent: who, with what, in which form, and who is left alone.

The workspace knows no e-mail and no phone: they come from a file of contacts, are joined to the
list, and are kept nowhere else.
"""
