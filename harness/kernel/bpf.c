/* SPDX-License-Identifier: MIT */
/* Finds two kernel functions in the kernel's own type information, loads the program, runs it once.
 * Documentation/bpf/bpf_iterators.rst, Documentation/bpf/kfuncs.rst, Documentation/bpf/btf.rst */
#include "bpf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KERNEL_TYPES "/sys/kernel/btf/vmlinux"

static int bpf(enum bpf_cmd command, union bpf_attr *attributes)
{
	long r = syscall(SYS_bpf, command, attributes, sizeof(*attributes));

	return r < 0 ? -errno : (int)r;
}

/* What stands behind the fixed part of a type, in bytes; 0 for kinds that have nothing there. */
static size_t extra_size(uint32_t kind, uint32_t members)
{
	switch (kind) {
	case BTF_KIND_INT: return sizeof(uint32_t);
	case BTF_KIND_ARRAY: return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION: return members * sizeof(struct btf_member);
	case BTF_KIND_ENUM: return members * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64: return members * sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO: return members * sizeof(struct btf_param);
	case BTF_KIND_VAR: return sizeof(struct btf_var);
	case BTF_KIND_DATASEC: return members * sizeof(struct btf_var_secinfo);
	case BTF_KIND_DECL_TAG: return sizeof(struct btf_decl_tag);
	default: return 0;
	}
}

/* The number of the function of this name; types are numbered from 1 in their order. */
static int find_function(const char *types, const char *name)
{
	const struct btf_header *header = (const void *)types;
	const char *at = types + header->hdr_len + header->type_off;
	const char *end = at + header->type_len, *strings = types + header->hdr_len;

	strings += header->str_off;
	for (int number = 1; at < end; number++) {
		const struct btf_type *type = (const void *)at;

		if (BTF_INFO_KIND(type->info) == BTF_KIND_FUNC &&
			!strcmp(strings + type->name_off, name))
			return number;
		at += sizeof(*type) +
			extra_size(BTF_INFO_KIND(type->info), BTF_INFO_VLEN(type->info));
	}
	return -ENOSYS;
}

struct kernel_functions {
	int iterator, destroy;
};

static int find_functions(struct kernel_functions *ret)
{
	int fd = open(KERNEL_TYPES, O_RDONLY | O_CLOEXEC), r = 0;
	struct stat file;
	char *types;

	if (fd < 0 || fstat(fd, &file)) {
		r = -errno;
		if (fd >= 0)
			close(fd);
		return r;
	}
	types = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (types == MAP_FAILED) { /* kernels before 6.16 cannot map it */
		types = mmap(NULL, (size_t)file.st_size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		for (ssize_t at = 0, length = 1; types != MAP_FAILED && length > 0; at += length)
			length = read(fd, types + at, (size_t)(file.st_size - at));
	}
	close(fd);
	if (types == MAP_FAILED)
		return -ENOMEM;
	ret->iterator = find_function(types, "bpf_iter_tcp");
	ret->destroy = find_function(types, "bpf_sock_destroy");
	munmap(types, (size_t)file.st_size);
	return ret->iterator < 0 || ret->destroy < 0 ? -ENOSYS : 0;
}

/* The instruction set: Documentation/bpf/standardization/instruction-set.rst */
#define LOAD(size, to, from, at)                            \
	{                                                   \
		BPF_LDX | (size) | BPF_MEM, to, from, at, 0 \
	}
#define STORE(size, to, at, from)                           \
	{                                                   \
		BPF_STX | (size) | BPF_MEM, to, from, at, 0 \
	}
#define MOVE(to, from)                                      \
	{                                                   \
		BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0 \
	}
#define SET(to, value)                                       \
	{                                                    \
		BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value \
	}
#define ADD(to, value)                                       \
	{                                                    \
		BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value \
	}
#define SKIP_UNLESS(what, value, by)                          \
	{                                                     \
		BPF_JMP | BPF_JNE | BPF_K, what, 0, by, value \
	}
#define SKIP_IF(what, value, by)                              \
	{                                                     \
		BPF_JMP | BPF_JEQ | BPF_K, what, 0, by, value \
	}
#define CALL(kind, number)                             \
	{                                              \
		BPF_JMP | BPF_CALL, 0, kind, 0, number \
	}
#define EXIT                                   \
	{                                      \
		BPF_JMP | BPF_EXIT, 0, 0, 0, 0 \
	}

/* struct sock_common, the part that every kind of socket has: skc_dport in network order, skc_num
 * in the host's. struct bpf_iter__tcp: meta, sk_common; struct bpf_iter_meta: seq first. */
#define SKC_DPORT 12
#define SKC_NUM 14
#define CONTEXT_META 0
#define CONTEXT_SOCKET 8
#define META_SEQ 0

/* For each socket: are these its ports? Then destroy it, and write what that came to. */
static int load_program(uint16_t local_port, uint16_t peer_port)
{
	struct kernel_functions functions = {0};
	int r = find_functions(&functions);
	const struct bpf_insn program[] = {
		MOVE(BPF_REG_6, BPF_REG_1),
		LOAD(BPF_DW, BPF_REG_7, BPF_REG_6, CONTEXT_SOCKET),
		SKIP_IF(BPF_REG_7, 0, 13),
		LOAD(BPF_H, BPF_REG_1, BPF_REG_7, SKC_NUM),
		SKIP_UNLESS(BPF_REG_1, ntohs(local_port), 11),
		LOAD(BPF_H, BPF_REG_1, BPF_REG_7, SKC_DPORT),
		SKIP_UNLESS(BPF_REG_1, peer_port, 9),
		MOVE(BPF_REG_1, BPF_REG_7),
		CALL(BPF_PSEUDO_KFUNC_CALL, functions.destroy),
		STORE(BPF_W, BPF_REG_10, -4, BPF_REG_0),
		LOAD(BPF_DW, BPF_REG_1, BPF_REG_6, CONTEXT_META),
		LOAD(BPF_DW, BPF_REG_1, BPF_REG_1, META_SEQ),
		MOVE(BPF_REG_2, BPF_REG_10),
		ADD(BPF_REG_2, -4),
		SET(BPF_REG_3, 4),
		CALL(0, BPF_FUNC_seq_write),
		SET(BPF_REG_0, 0),
		EXIT,
	};
	union bpf_attr load;

	if (r)
		return r;
	memset(&load, 0, sizeof(load));
	load.prog_type = BPF_PROG_TYPE_TRACING;
	load.expected_attach_type = BPF_TRACE_ITER;
	load.insns = (uint64_t)(uintptr_t)program;
	load.insn_cnt = sizeof(program) / sizeof(*program);
	load.license = (uint64_t)(uintptr_t) "GPL"; /* what bpf_seq_write() wants of programs */
	load.attach_btf_id = (uint32_t)functions.iterator;
	strcpy(load.prog_name, "destroy");
	return bpf(BPF_PROG_LOAD, &load);
}

/* Reads the iterator to its end; what the program wrote is what it did. */
static int run_program(int program)
{
	union bpf_attr attributes;
	int link, iterator, result = -ENOENT;
	ssize_t length;

	memset(&attributes, 0, sizeof(attributes));
	attributes.link_create.prog_fd = (uint32_t)program;
	attributes.link_create.attach_type = BPF_TRACE_ITER;
	link = bpf(BPF_LINK_CREATE, &attributes);
	if (link < 0)
		return link;
	memset(&attributes, 0, sizeof(attributes));
	attributes.iter_create.link_fd = (uint32_t)link;
	iterator = bpf(BPF_ITER_CREATE, &attributes);
	close(link);
	if (iterator < 0)
		return iterator;
	length = read(iterator, &result, sizeof(result));
	if (length < 0)
		result = -errno;
	close(iterator);
	return result;
}

int bpf_destroy(const union address *local, const union address *peer)
{
	/* in.sin_port and in6.sin6_port have the same place */
	int program = load_program(local->in.sin_port, peer->in.sin_port), r;

	if (program < 0)
		return program;
	r = run_program(program);
	close(program);
	return r;
}

int bpf_destroy_is_possible(void)
{
	int program = load_program(0, 0);

	if (program < 0)
		return program;
	close(program);
	return 0;
}
