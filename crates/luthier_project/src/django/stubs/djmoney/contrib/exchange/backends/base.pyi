from djmoney.contrib.exchange.models import ExchangeBackend as ExchangeBackend
from djmoney.contrib.exchange.models import Rate as Rate
