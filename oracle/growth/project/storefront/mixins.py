class JoinedMixin:
    """Joins what the view names to the rows of the view."""

    joins = ()
    prefetches = ()

    def get_queryset(self):
        queryset = super().get_queryset()
        return queryset.select_related(*self.joins).prefetch_related(*self.prefetches)


class HeadingMixin:
    heading = ""

    def get_context_data(self, **kwargs):
        return super().get_context_data(heading=self.heading, **kwargs)
