"""Which cases are run."""

import re

import cases
import cases.added
import cases.altered
import cases.by_hand
import cases.constrained
import cases.impossible
import cases.keys
import cases.rebuilt
import cases.removed
import cases.renamed
import cases.several


def cases_of(extent="all", text=""):
    return [
        case for case in cases.CASES if text in case.name and (extent == "all" or case.everywhere)
    ]


def folder_name(case):
    return re.sub(r"\W+", "-", case.name)
