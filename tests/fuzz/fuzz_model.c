/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a model in the file of a snapshot: refused, or the same when written again. */
#include <assert.h>
#include <stdlib.h>

#include "learn/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct model *model = model_read((struct str){ (const char *)data, size });

	if (model != NULL)
		assert(str_eq(model_bytes(model), (struct str){ (const char *)data, size }));
	model_free(model);
	return 0;
}
