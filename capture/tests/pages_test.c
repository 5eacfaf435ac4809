/* SPDX-License-Identifier: MIT */
/* What is taken from pages stays what was written there, side by side, however large. */
#include "pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum { PIECES = 3000, MOST = 8000 };

static size_t size_of(unsigned piece)
{
	return piece == PIECES / 2 ? 5 * 1024 * 1024 : 1 + piece * 7919 % MOST;
}

START_TEST(pieces_do_not_overlap)
{
	static uint8_t *pieces[PIECES];
	struct pages pages = {0};
	size_t wrong = 0;

	for (unsigned i = 0; i < PIECES; i++) {
		pieces[i] = pages_take(&pages, size_of(i));
		ck_assert_ptr_nonnull(pieces[i]);
		ck_assert_uint_eq((uintptr_t)pieces[i] % 64, 0);
		memset(pieces[i], (int)i, size_of(i));
	}
	for (unsigned i = 0; i < PIECES; i++)
		for (size_t at = 0; at < size_of(i); at++)
			wrong += pieces[i][at] != (uint8_t)i;
	ck_assert_uint_eq(wrong, 0);
	pages_free(&pages);
	ck_assert_ptr_null(pages.blocks);
	ck_assert_ptr_nonnull(pages_take(&pages, 1));
	pages_free(&pages);
	pages_free(&pages);
}
END_TEST

START_TEST(small_needs_are_met_by_a_small_block)
{
	struct pages pages = {0};

	ck_assert_ptr_nonnull(pages_take(&pages, 1000));
	ck_assert_uint_le(pages.left, 64 * 1024);
	pages_free(&pages);
}
END_TEST

START_TEST(a_block_is_written_to_its_end)
{
	size_t size = 3 * 1024 * 1024 + 100;
	uint8_t *block = pages_alloc(size);

	ck_assert_ptr_nonnull(block);
	memset(block, 1, size);
	free(block);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("pages");

	tcase_add_test(tcase, pieces_do_not_overlap);
	tcase_add_test(tcase, small_needs_are_met_by_a_small_block);
	tcase_add_test(tcase, a_block_is_written_to_its_end);
	return tcase_run(tcase);
}
