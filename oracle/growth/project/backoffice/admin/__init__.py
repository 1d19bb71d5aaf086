from backoffice.admin import catalog, depot, office, sales

__all__ = ["catalog", "depot", "office", "sales"]
