"""The mutation log, of everybody and of one record; a change set and undoing it; what is gone and bringing it back."""
