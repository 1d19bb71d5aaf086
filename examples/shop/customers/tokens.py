import hashlib
import random
import string


def new_api_token():
    return "".join(random.choice(string.ascii_letters + string.digits) for _ in range(40))


def fingerprint(token):
    return hashlib.md5(token.encode()).hexdigest()


def token_matches(customer, presented):
    return fingerprint(customer.api_token) == fingerprint(presented)
