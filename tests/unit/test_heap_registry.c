// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * unit-sources: src/heap/registry.c tests/unit/kfake.c
 * unit-threads: also under TSan
 *
 * The registry of heaps: names, references, a provider that goes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include <fcntl.h>
#include <linux/module.h>

#include "heap/backend.h"

#define FLAGS	(O_RDWR | O_CLOEXEC)
#define THREADS	4
#define ROUNDS	3000

/* --- a backend --- */

struct pp_heap_node { struct pp_heap *heap; };

static atomic_int nodes, announced, asked;
static int publish_fails;
static struct pp_heap *kernels;

static struct pp_heap_node *publish(struct pp_heap *heap)
{
	struct pp_heap_node *node;

	if (publish_fails)
		return ERR_PTR(publish_fails);
	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return ERR_PTR(-ENOMEM);
	node->heap = pp_heap_get(heap);
	nodes++;
	return node;
}

static void withdraw(struct pp_heap_node *node)
{
	nodes--;
	pp_heap_put(node->heap);
	kfree(node);
}

static struct pp_heap *find(const char *name)
{
	asked++;
	return kernels ? pp_heap_get(kernels) : ERR_PTR(-ENODEV);
}

static const struct pp_heap_backend backend = {
	.name = "test", .publish = publish, .withdraw = withdraw, .find = find,
};
static const struct pp_heap_backend bare = { .name = "bare" };
const struct pp_heap_backend *pp_heap_backend = &backend;

void pp_heap_arrival_announce(void)
{
	announced++;
}

/* --- a provider --- */

struct provider {
	int magic, calls;
	size_t len;
};

static void no_release(struct dma_buf *buf)
{
}

static const struct dma_buf_ops buf_ops = { .release = no_release };

static struct dma_buf *allocate(struct pp_heap *heap, size_t len, u32 fd_flags, u64 heap_flags)
{
	struct dma_buf_export_info info = {
		.ops = &buf_ops, .owner = THIS_MODULE, .size = len,
	};
	struct provider *p = pp_heap_priv(heap);

	assert_int_equal(p->magic, 42);
	p->len = len;
	return dma_buf_export(&info);
}

static const struct pp_heap_ops ops = { .allocate = allocate };

static struct pp_heap *offer(const char *name, struct provider *p)
{
	struct pp_heap_desc desc = {
		.name = name, .ops = &ops, .priv = p, .owner = THIS_MODULE,
	};

	return pp_heap_register(&desc);
}

#define assert_err(ptr, err) assert_int_equal(PTR_ERR(ptr), err)

/* --- tests --- */

static void bad_names(void **state)
{
	char longest[PP_HEAP_NAME_MAX + 2];
	const char *bad[] = {
		"", NULL, ".", "..", "a/b", "/", "a b", "a\n", "a\x7f", "a\xc3\xa4", longest,
	};
	struct provider p = { .magic = 42 };
	struct pp_heap *heap;
	size_t i;

	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = 0;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		int before = kfake_messages;

		assert_err(offer(bad[i], &p), -EINVAL);
		assert_int_equal(kfake_messages, before + 1);
		asked = 0;
		assert_err(pp_heap_find(bad[i]), -EINVAL);
		assert_int_equal(kfake_messages, before + 2);
		assert_int_equal(asked, 0);
	}
	assert_int_equal(nodes, 0);

	longest[PP_HEAP_NAME_MAX] = 0;
	heap = offer(longest, &p);
	assert_false(IS_ERR(heap));
	assert_string_equal(pp_heap_name(heap), longest);
	pp_heap_unregister(heap);
}

static void whole_names(void **state)
{
	struct provider p = { .magic = 42 }, q = { .magic = 42 };
	struct pp_heap *a = offer("heap", &p), *b = offer("heap2", &q), *found;

	assert_err(offer("heap", &p), -EEXIST);
	assert_int_equal(nodes, 2);
	found = pp_heap_find("heap");
	assert_ptr_equal(found, a);
	pp_heap_put(found);
	found = pp_heap_find("heap2");
	assert_ptr_equal(found, b);
	pp_heap_put(found);
	assert_err(pp_heap_find("hea"), -ENODEV);
	assert_err(pp_heap_find("heap22"), -ENODEV);
	assert_err(pp_heap_find("Heap"), -ENODEV);
	pp_heap_unregister(a);
	assert_err(pp_heap_find("heap"), -ENODEV);
	pp_heap_unregister(b);
	assert_int_equal(nodes, 0);
}

static void allocations(void **state)
{
	struct provider p = { .magic = 42 };
	struct pp_heap *heap = offer("heap", &p);
	struct dma_buf *buf;

	buf = pp_heap_alloc(heap, 1, FLAGS, 0);
	assert_false(IS_ERR(buf));
	assert_int_equal(p.len, PAGE_SIZE);
	assert_int_equal(kfake_this_module.refs, 1);
	dma_buf_put(buf);
	assert_int_equal(kfake_this_module.refs, 0);

	p.len = 0;
	assert_err(pp_heap_alloc(heap, 0, FLAGS, 0), -EINVAL);
	assert_err(pp_heap_alloc(heap, SIZE_MAX, FLAGS, 0), -EINVAL);
	assert_err(pp_heap_alloc(heap, 1, O_APPEND, 0), -EINVAL);
	assert_err(pp_heap_alloc(heap, 1, FLAGS, 1), -EINVAL);
	kfake_this_module.going = true;
	assert_err(pp_heap_alloc(heap, 1, FLAGS, 0), -ENODEV);
	kfake_this_module.going = false;
	assert_int_equal(p.len, 0);
	pp_heap_unregister(heap);
}

/* References outlive it, and are told. */
static void provider_goes(void **state)
{
	struct provider *p = calloc(1, sizeof(*p));
	struct pp_heap *heap, *found, *next;

	p->magic = 42;
	heap = offer("heap", p);
	found = pp_heap_find("heap");
	pp_heap_unregister(heap);
	free(p);
	assert_err(pp_heap_alloc(found, 1, FLAGS, 0), -ENODEV);
	assert_string_equal(pp_heap_name(found), "heap");

	p = calloc(1, sizeof(*p));
	p->magic = 42;
	next = offer("heap", p);
	assert_ptr_not_equal(next, found);
	assert_err(pp_heap_alloc(found, 1, FLAGS, 0), -ENODEV);
	assert_ptr_equal(pp_heap_get(found), found);
	pp_heap_put(found);
	pp_heap_put(found);
	pp_heap_unregister(next);
	free(p);

	pp_heap_put(NULL);
	pp_heap_put(ERR_PTR(-ENODEV));
	pp_heap_unregister(NULL);
	pp_heap_unregister(ERR_PTR(-ENODEV));
}

static int released;

static void release(void *priv)
{
	released++;
}

/* A heap of the kernel's: looked for when nobody has registered the name. */
static void kernel_heaps(void **state)
{
	struct provider p = { .magic = 42 };
	struct pp_heap_desc desc = { .name = "heap", .ops = &ops, .priv = &p, .owner = THIS_MODULE };
	struct pp_heap *heap, *found;

	released = 0;
	asked = 0;
	kernels = pp_heap_wrap(&desc, release);
	found = pp_heap_find("heap");
	assert_ptr_equal(found, kernels);
	pp_heap_put(found);
	assert_int_equal(asked, 1);
	heap = offer("heap", &p);
	found = pp_heap_find("heap");
	assert_ptr_equal(found, heap);
	pp_heap_put(found);
	assert_int_equal(asked, 1);
	pp_heap_unregister(heap);
	assert_int_equal(released, 0);
	pp_heap_put(kernels);
	assert_int_equal(released, 1);
	kernels = NULL;

	pp_heap_backend = &bare;
	heap = offer("heap", &p);
	assert_err(pp_heap_find("other"), -ENODEV);
	pp_heap_unregister(heap);
	pp_heap_backend = &backend;
}

static void failures(void **state)
{
	struct provider p = { .magic = 42 };
	struct pp_heap_desc no_ops = { .name = "heap", .owner = THIS_MODULE };
	int i, before = announced;

	assert_err(pp_heap_register(&no_ops), -EINVAL);
	publish_fails = -ENOSPC;
	assert_err(offer("heap", &p), -ENOSPC);
	publish_fails = 0;
	for (i = 1; i <= 2; i++) {
		kfake_fail = i;
		assert_err(offer("heap", &p), -ENOMEM);
	}
	kfake_fail = 0;
	assert_int_equal(nodes, 0);
	assert_int_equal(announced, before);
	assert_err(pp_heap_find("heap"), -ENODEV);
	pp_heap_unregister(offer("heap", &p));
	assert_int_equal(announced, before + 1);
}

static void listed(void **state)
{
	struct provider p = { .magic = 42 };
	struct pp_heap *a = offer("one", &p), *b = offer("two", &p);
	struct seq_file m = { .len = 0 };

	pp_heap_show_all(&m);
	assert_string_equal(m.text, "one\tthis\ntwo\tthis\n");
	pp_heap_unregister(b);
	pp_heap_unregister(a);
}

/* --- threads: what they do wrong is for the sanitizers --- */

static const char *const names[] = { "heap0", "heap1", "heap2", "heap3" };
static atomic_int done_allocs, done_gone;

static void turn_of_provider(const char *name)
{
	struct provider *p = calloc(1, sizeof(*p));
	struct pp_heap *heap;

	p->magic = 42;
	heap = offer(name, p);
	if (IS_ERR(heap))
		assert_err(heap, -EEXIST);
	else
		sched_yield();
	pp_heap_unregister(heap);
	free(p);
}

static void turn_of_user(const char *name)
{
	struct pp_heap *heap = pp_heap_find(name);
	struct dma_buf *buf;
	int i;

	if (IS_ERR(heap))
		return;
	assert_string_equal(pp_heap_name(heap), name);
	for (i = 0; i < 3; i++) {
		pp_heap_get(heap);
		buf = pp_heap_alloc(heap, PAGE_SIZE, FLAGS, 0);
		pp_heap_put(heap);
		if (IS_ERR(buf)) {
			assert_err(buf, -ENODEV);
			done_gone++;
		} else {
			done_allocs++;
			dma_buf_put(buf);
		}
		sched_yield();
	}
	pp_heap_put(heap);
}

static void *thread(void *arg)
{
	unsigned int seed = (uintptr_t)arg;
	struct seq_file m;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		const char *name = names[rand_r(&seed) % ARRAY_SIZE(names)];

		m.len = 0;
		switch (rand_r(&seed) % 8) {
		case 0:
			pp_heap_show_all(&m);
			break;
		case 1 ... 3:
			turn_of_provider(name);
			break;
		default:
			turn_of_user(name);
		}
	}
	return NULL;
}

static void at_once(void **state)
{
	pthread_t threads[THREADS];
	uintptr_t i;

	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, thread, (void *)(i + 1)), 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_true(done_allocs > 0);
	assert_true(done_gone > 0);
	assert_int_equal(nodes, 0);
	assert_int_equal(kfake_this_module.refs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_names),
		cmocka_unit_test(whole_names),
		cmocka_unit_test(allocations),
		cmocka_unit_test(provider_goes),
		cmocka_unit_test(kernel_heaps),
		cmocka_unit_test(failures),
		cmocka_unit_test(listed),
		cmocka_unit_test(at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
