/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/autolearn.h"

#include "scoring/assay.h"
#include "tests/unit/scratch.h"
#include "tests/unit/unit.h"

/* Surely spam, by a filter that was taught enough; each test changes something. */
struct scene {
	struct site_autolearn site;
	struct autolearn_taught taught;
	struct rule_hit hit;
	struct hits hits;
	struct evidence evidence;
	struct autolearn_input input;
};

static void set_scene(struct scene *scene)
{
	*scene = (struct scene){
		.site = { .ham_below = 100, .spam_from = 12000 },
		.taught = { .all = { 300, 300 }, .by_hand = { 200, 200 } },
		.evidence = { .score = 12000, .header = 3000, .body = 3000 },
	};
	scene->hits = (struct hits){ .items = &scene->hit };
	scene->input = (struct autolearn_input){
		.on = true,
		.after = 200,
		.site = &scene->site,
		.taught = &scene->taught,
		.hits = &scene->hits,
		.evidence = &scene->evidence,
		.complete = true,
		.score = 14000,
		.required = 5000,
	};
}

static void set_ham(struct scene *scene)
{
	set_scene(scene);
	scene->evidence = (struct evidence){ .score = 99 };
	scene->input.score = 99;
}

static void assert_decided(const struct scene *scene, const char *expected)
{
	assert_string_equal(autolearn_name(autolearn_decide(&scene->input)), expected);
}

static void test_thresholds(void **state)
{
	static const struct {
		int32_t score;
		const char *decided;
	} cases[] = { { -5000, "ham" }, { 99, "ham" },     { 100, "no" },
		      { 11999, "no" },  { 12000, "spam" }, { 90000, "spam" } };
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_scene(&scene);
		scene.evidence.score = scene.input.score = cases[i].score;
		assert_decided(&scene, cases[i].decided);
	}
}

/* It counts what the rules say without the classifier, but the filter must agree in the end. */
static void test_score_of_the_message(void **state)
{
	struct scene scene;

	(void)state;
	set_scene(&scene);
	scene.input.score = 4999;
	assert_decided(&scene, "no");
	scene.input.score = 5000;
	assert_decided(&scene, "spam");
	set_ham(&scene);
	scene.input.score = 5000;
	assert_decided(&scene, "no");
	set_scene(&scene);
	scene.evidence.score = 11000;
	scene.input.score = 20000;
	assert_decided(&scene, "no");
}

static void test_evidence_of_both_kinds(void **state)
{
	struct scene scene;

	(void)state;
	set_scene(&scene);
	scene.evidence.header = 2999;
	assert_decided(&scene, "no");
	scene.evidence.forced = true;
	assert_decided(&scene, "spam");
	set_scene(&scene);
	scene.evidence.body = 2999;
	assert_decided(&scene, "no");
	set_ham(&scene);
	assert_decided(&scene, "ham");
}

static void test_objection_of_the_classifier(void **state)
{
	struct scene scene;

	(void)state;
	set_scene(&scene);
	scene.evidence.learned = -1000;
	assert_decided(&scene, "spam");
	scene.evidence.learned = -1001;
	assert_decided(&scene, "no");
	set_ham(&scene);
	scene.evidence.learned = 1000;
	assert_decided(&scene, "ham");
	scene.evidence.learned = 1001;
	assert_decided(&scene, "no");
}

static void test_enough_taught_by_hand(void **state)
{
	struct scene scene;

	(void)state;
	set_scene(&scene);
	scene.taught.by_hand.ham = 199;
	assert_decided(&scene, "disabled");
	scene.input.after = 199;
	assert_decided(&scene, "spam");
	scene.taught.by_hand.spam = 198;
	assert_decided(&scene, "disabled");
	scene.taught = (struct autolearn_taught){ 0 };
	scene.input.after = 0;
	assert_decided(&scene, "spam");
}

static void test_larger_class_waits(void **state)
{
	struct scene scene;

	(void)state;
	set_scene(&scene);
	scene.taught.all.spam = 301;
	assert_decided(&scene, "no");
	set_ham(&scene);
	scene.taught.all.spam = 301;
	assert_decided(&scene, "ham");
	scene.taught.all.ham = 302;
	assert_decided(&scene, "no");
}

static void test_off_and_unavailable(void **state)
{
	struct scene scene;

	(void)state;
	set_scene(&scene);
	scene.input.on = false;
	assert_decided(&scene, "disabled");
	set_scene(&scene);
	scene.site.off = true;
	assert_decided(&scene, "disabled");
	set_scene(&scene);
	scene.input.complete = false;
	assert_decided(&scene, "unavailable");
	set_scene(&scene);
	scene.input.taught = NULL;
	assert_decided(&scene, "unavailable");
	scene.evidence.score = scene.input.score = 6000;
	assert_decided(&scene, "no");
}

static void test_only_on_error(void **state)
{
	struct scene scene;

	(void)state;
	set_scene(&scene);
	scene.hits.len = 1;
	scene.hit.name = STR("BAYES_99");
	assert_decided(&scene, "spam");
	scene.site.on_error = true;
	assert_decided(&scene, "no");
	scene.hit.name = STR("BAYES_95");
	assert_decided(&scene, "spam");
	set_ham(&scene);
	scene.site.on_error = true;
	scene.hits.len = 1;
	scene.hit.name = STR("BAYES_00");
	assert_decided(&scene, "no");
	scene.hit.name = STR("BAYES_99");
	assert_decided(&scene, "ham");
}

/* A message as the daemon scores it. */
struct scan {
	struct arena *arena;
	struct policy *policy;
	struct envelope envelope;
	struct assay_input input;
};

static const char rules[] = "body TWO /two points/\nscore TWO 2.0\n";

static void load(struct scan *scan, const char *more)
{
	struct problems problems;
	char conf[2048];

	problems_init(&problems, scan->arena);
	policy_free(scan->policy);
	snprintf(conf, sizeof(conf), "rules %s\nnetwork_tests no\n%s",
	         scratch_write("test.cf", rules), more);
	scan->policy = policy_load(scratch_write("assay.conf", conf), &problems);
	assert_non_null(scan->policy);
}

static void scan_begin(struct scan *scan, const struct autolearn_taught *taught)
{
	*scan = (struct scan){
		.arena = arena_new(),
		.envelope = { .client_ip = STR("198.51.100.7"),
		              .sender = STR("x@sender.example"),
		              .has_sender = true },
	};
	scan->input = (struct assay_input){ .envelope = &scan->envelope,
		                            .deadline = deadline_in_ms(60000),
		                            .taught = taught };
}

static void scan_end(struct scan *scan)
{
	policy_free(scan->policy);
	arena_free(scan->arena);
}

static struct assay *run(struct scan *scan, const char *raw)
{
	scan->input.raw = str_from(raw);
	return assay_message(scan->arena, scan->policy, &scan->input);
}

/* What the filter may learn by itself: complete scans of strangers' mail. */
static void test_learning_by_itself(void **state)
{
	static const struct autolearn_taught taught = { .all = { 1, 1 } };
	struct scan scan;

	(void)state;
	scan_begin(&scan, NULL);
	load(&scan, "autolearn_after 0\n");
	assert_int_equal(run(&scan, "Subject: x\n\ntext\n")->autolearn, AUTOLEARN_UNAVAILABLE);
	scan.input.taught = &taught;
	assert_int_equal(run(&scan, "Subject: x\n\ntext\n")->autolearn, AUTOLEARN_HAM);
	assert_int_equal(run(&scan, "Subject: x\n\ntwo points\n")->autolearn, AUTOLEARN_NO);
	scan.input.truncated = true;
	assert_int_equal(run(&scan, "Subject: x\n\ntext\n")->autolearn, AUTOLEARN_UNAVAILABLE);
	scan.input.truncated = false;
	scan.envelope.authenticated = true;
	assert_int_equal(run(&scan, "Subject: x\n\ntext\n")->autolearn, AUTOLEARN_UNAVAILABLE);
	scan.envelope.authenticated = false;
	load(&scan, "autolearn_after 1\n");
	assert_int_equal(run(&scan, "Subject: x\n\ntext\n")->autolearn, AUTOLEARN_DISABLED);
	load(&scan, "autolearn no\n");
	assert_int_equal(run(&scan, "Subject: x\n\ntext\n")->autolearn, AUTOLEARN_DISABLED);
	scan_end(&scan);
}

static void test_tags_about_learning(void **state)
{
	static const struct autolearn_taught taught = { .all = { 1, 1 }, .by_hand = { 1, 1 } };
	const char *more = scratch_write(
		"more.cf", "clear_headers\nadd_header all Learn _AUTOLEARN_ _AUTOLEARNSCORE_\n"
			   "bayes_auto_learn_threshold_spam 6\n"
			   "bayes_auto_learn_threshold_nonspam -1\n"
			   "full FORCE /text/\ntflags FORCE autolearn_force\n"
			   "score FORCE 7\n");
	char conf[256];
	const struct report *report;
	struct scan scan;
	bool found = false;

	(void)state;
	scan_begin(&scan, &taught);
	snprintf(conf, sizeof(conf), "autolearn_after 1\nrules %s\n", more);
	load(&scan, conf);
	report = run(&scan, "Subject: x\n\ntext\n")->report;
	for (size_t i = 0; i < report->len; i++) {
		if (!str_eq(report->items[i].name, STR("X-Spam-Learn")))
			continue;
		assert_str(report->items[i].value, "spam autolearn_force=yes 7");
		found = true;
	}
	assert_true(found);
	scan_end(&scan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_thresholds),
		cmocka_unit_test(test_score_of_the_message),
		cmocka_unit_test(test_evidence_of_both_kinds),
		cmocka_unit_test(test_objection_of_the_classifier),
		cmocka_unit_test(test_enough_taught_by_hand),
		cmocka_unit_test(test_larger_class_waits),
		cmocka_unit_test(test_off_and_unavailable),
		cmocka_unit_test(test_only_on_error),
		cmocka_unit_test(test_learning_by_itself),
		cmocka_unit_test(test_tags_about_learning),
	};

	return cmocka_run_group_tests(tests, NULL, scratch_remove);
}
