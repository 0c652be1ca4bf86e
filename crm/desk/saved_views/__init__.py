"""Saved views: the query of a list under a name, one's own or shared with the colleagues of an administration."""
