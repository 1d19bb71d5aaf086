from django.contrib.syndication.views import Feed


class LatestEntries(Feed):
    link = "/"
