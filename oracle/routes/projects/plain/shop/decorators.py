import functools


def plain_decorator(view):
    def inner(request, *args, **kwargs):
        return view(request, *args, **kwargs)

    return inner


def wrapping_decorator(reason):
    def decorate(view):
        @functools.wraps(view)
        def inner(request, *args, **kwargs):
            return view(request, *args, **kwargs)

        return inner

    return decorate
