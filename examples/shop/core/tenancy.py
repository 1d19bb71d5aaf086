"""The store that the current request is for."""

import threading


def _state():
    return threading.local()


def set_current_store(store):
    _state().store = store


def get_current_store():
    return getattr(_state(), "store", None)
