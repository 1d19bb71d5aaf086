from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def quantize(amount):
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def with_vat(net, rate=0.19):
    return round(float(net) * (1 + rate), 2)
