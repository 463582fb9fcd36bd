# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of rules that are not there: assay check-config warns, and says which was meant."""

RULES = """body BUY_NOW /buy now/
body __BUY_PART /buy/
describe BUY_NWO Wants to sell
score BUY_NOWW 0.1
score BUY_NOWW 0.2
tflags BUY_NOW nice
tflags NOTHING_LIKE_IT nice
meta BOTH BUY_NOW && __BUY_PRAT
meta OTHER BUY_NOW && PERHAPS_ELSEWHERE
score BOTH 1
test NO_SUCH_RULE ok text
"""


def test_names_of_no_rule(place):
    place.write("names.cf", RULES)
    place.write("names.conf", "rules names.cf\nnetwork_tests no\n")
    place.assay("check-config", "-c", "names.conf")
    told = [line for line in place.stderr.splitlines() if "there is no rule" in line]
    assert [line.split("names.cf:")[1] for line in told] == [
        "3:10: there is no rule BUY_NWO; did you mean BUY_NOW? (warning)",
        "4:7: there is no rule BUY_NOWW; did you mean BUY_NOW? (warning)",
        "7:8: there is no rule NOTHING_LIKE_IT, so this has no effect (warning)",
        "11:6: there is no rule NO_SUCH_RULE, so this has no effect (warning)",
        "8:22: there is no rule __BUY_PRAT; did you mean __BUY_PART? (warning)",
        "11:22: there is no rule NO_SUCH_RULE that could be tested (warning)"], told


def test_names_are_counted(place):
    place.write("names.cf", "body A_RULE /x/\n" + "".join("score FAR_OFF_%dXYZ%d 1\n" % (i, i) for i in range(60)))
    place.write("names.conf", "rules names.cf\nnetwork_tests no\n")
    place.assay("check-config", "-c", "names.conf")
    assert place.stderr.count("there is no rule FAR_OFF") == 50, place.stderr
    assert "there are 10 further names of rules that are not there" in place.stderr, place.stderr
