from djmoney.models.fields import CurrencyField as CurrencyField
from djmoney.models.fields import MoneyField as MoneyField
