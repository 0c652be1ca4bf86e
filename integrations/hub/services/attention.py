"""What the hub asks a person to look at."""


def about_refusal(connection, row):
    """A record that the other system refuses, or that could not be delivered in three days."""


def about_trouble(connection, error):
    """A connection that stopped until somebody corrects it."""
