from djmoney.models.fields import MoneyField as ModelField
