/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of features_of_message(), each for its groups. */
#ifndef LEARN_FEATURES_PRIVATE_H
#define LEARN_FEATURES_PRIVATE_H

#include "learn/features_input.h"
#include "learn/words.h"

void features_add_header(struct feature_builder *builder, const struct features_input *input);
void features_add_fields(struct feature_builder *builder, const struct features_input *input);
void features_add_text(struct feature_builder *builder, const struct message *message);
void features_add_links(struct feature_builder *builder, const struct message *message);
void features_add_structure(struct feature_builder *builder, const struct message *message);
void features_add_checks(struct feature_builder *builder, const struct facts *facts);
void features_add_rules(struct feature_builder *builder, const struct feature_hit *hits,
                        size_t count);

/* Its sequences of four bytes. */
void features_add_grams(struct feature_builder *builder, enum feature_group group, struct str text);
/* Each word once more in the group: hashed with `what` in front. */
void features_add_words(struct feature_builder *builder, enum feature_group group, const char *what,
                        const struct word_list *words);

#endif
