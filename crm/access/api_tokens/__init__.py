"""Tokens with which a program uses the API as somebody who works here: never more than they may themselves."""
