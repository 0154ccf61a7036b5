"""lifelint under Bazel: one action a source file makes its facts, one joins them.

In WORKSPACE (a copy of this directory being the repository or package //tools/lifelint):

    load("//tools/lifelint:lifelint.bzl", "lifelint_program")
    lifelint_program(name = "lifelint")            # the program on PATH, or path = "/opt/bin/lifelint"

In a BUILD file:

    load("//tools/lifelint:lifelint.bzl", "lifelint", "lifelint_test")
    lifelint(name = "findings", deps = ["//src:server"])        # findings.json, .sarif and .txt
    lifelint_test(name = "lifelint_test", findings = ":findings")  # fails as `lifelint check` does

The findings are of the whole program below deps, as `lifelint check` finds them. Targets of other repositories, and those
tagged "no-lifelint", are left out. The actions are sandboxed and read what they are given; outputs depend on that alone, so
caches and remote executors may keep them. libclang has to be where the actions run.
"""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "CPP_COMPILE_ACTION_NAME", "C_COMPILE_ACTION_NAME")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

_C = ["c"]
_CXX = ["cc", "cpp", "cxx", "c++", "C"]

LifelintInfo = provider(
    doc = "Facts of a target and what it depends on.",
    fields = {"facts": "depset of facts files", "sources": "depset of what they were read from, for the lines in reports"},
)

def _program(ctx):
    name = ctx.which("lifelint") if not ctx.attr.path else ctx.path(ctx.attr.path)
    if not name or not ctx.path(name).exists:
        fail("lifelint_program: no program '%s'; install lifelint or give its path" % (ctx.attr.path or "lifelint"))
    ctx.symlink(name, "lifelint")
    ctx.file("BUILD.bazel", 'exports_files(["lifelint"])\n')

lifelint_program = repository_rule(
    implementation = _program,
    attrs = {"path": attr.string(doc = "absolute; empty: looked for on PATH")},
    environ = ["PATH"],
    local = True,
)

def _flags(ctx, toolchain, copts, compilation, is_cxx):
    """Of the compiler, as Bazel would call it, for lifelint to pick from."""
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features + ["module_maps"],
    )
    user = ctx.fragments.cpp.copts + (ctx.fragments.cpp.cxxopts if is_cxx else ctx.fragments.cpp.conlyopts) + copts
    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        user_compile_flags = user,
        include_directories = compilation.includes,
        quote_include_directories = compilation.quote_includes,
        system_include_directories = compilation.system_includes,
        preprocessor_defines = depset(transitive = [compilation.defines, compilation.local_defines]),
    )
    return cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = CPP_COMPILE_ACTION_NAME if is_cxx else C_COMPILE_ACTION_NAME,
        variables = variables,
    )

def _facts_of(ctx, source, flags, headers):
    out = ctx.actions.declare_file("_lifelint/%s/%s.facts" % (ctx.label.name, source.short_path))
    arguments = ctx.actions.args()
    arguments.add_all(["facts", source, "--root", ".", "--no-config", "-q", "-j1", "-o", out, "--"])
    arguments.add_all(flags)
    ctx.actions.run(
        executable = ctx.executable._lifelint,
        arguments = [arguments],
        inputs = depset([source], transitive = [headers]),
        outputs = [out],
        mnemonic = "LifelintFacts",
        progress_message = "Reading %s" % source.short_path,
    )
    return out

def _sources(rule):
    found = []
    for target in getattr(rule.attr, "srcs", []):
        found += [f for f in target.files.to_list() if f.extension in _C + _CXX]
    return found

def _expanded(ctx):
    copts = []
    for word in getattr(ctx.rule.attr, "copts", []):
        copts += ctx.tokenize(ctx.expand_make_variables("copts", word, {}))
    return copts

def _aspect(target, ctx):
    below = [d[LifelintInfo] for d in getattr(ctx.rule.attr, "deps", []) if LifelintInfo in d]
    facts, headers = [], depset()
    wanted = CcInfo in target and not target.label.workspace_name and "no-lifelint" not in ctx.rule.attr.tags
    sources = _sources(ctx.rule) if wanted else []
    if sources:
        toolchain = find_cpp_toolchain(ctx)
        compilation = target[CcInfo].compilation_context
        headers = depset(transitive = [compilation.headers, toolchain.all_files])
        copts = _expanded(ctx)
        for source in sources:
            flags = _flags(ctx, toolchain, copts, compilation, source.extension in _CXX)
            facts.append(_facts_of(ctx, source, flags, headers))
        headers = compilation.headers
    return [
        LifelintInfo(
            facts = depset(facts, transitive = [d.facts for d in below]),
            sources = depset(sources, transitive = [headers] + [d.sources for d in below]),
        ),
        OutputGroupInfo(lifelint_facts = depset(facts)),
    ]

lifelint_facts = aspect(
    implementation = _aspect,
    attr_aspects = ["deps"],
    attrs = {
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
        "_lifelint": attr.label(default = "@lifelint//:lifelint", allow_single_file = True, executable = True, cfg = "exec"),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)

def _findings(ctx):
    facts = depset(transitive = [d[LifelintInfo].facts for d in ctx.attr.deps])
    sources = depset(transitive = [d[LifelintInfo].sources for d in ctx.attr.deps])
    reports = {name: ctx.actions.declare_file(ctx.label.name + "." + name) for name in ["json", "sarif", "txt"]}
    status = ctx.actions.declare_file(ctx.label.name + ".status")
    listed = ctx.actions.args()
    listed.add_all(facts)
    listed.set_param_file_format("multiline")
    listed.use_param_file("--list=%s", use_always = True)
    options = ctx.actions.args()
    options.add_all([status, ctx.executable._lifelint, "link", "--root", ".", "--no-config", "-q"])
    options.add_all(ctx.files.rules, before_each = "--rules")
    options.add_all(ctx.attr.options)
    for name, format in [("json", "json"), ("sarif", "sarif"), ("txt", "text")]:
        options.add_all(["-f", format, "-o", reports[name]])
    ctx.actions.run_shell(
        # findings (1) and units that could not be read (3) are results: the test says them
        command = 'to=$1; shift; got=0; "$@" || got=$?; echo $got >"$to"; [ $got -le 1 ] || [ $got = 3 ]',
        arguments = [options, listed],
        inputs = depset(ctx.files.rules, transitive = [facts, sources]),
        tools = [ctx.executable._lifelint],
        outputs = reports.values() + [status],
        mnemonic = "LifelintLink",
        progress_message = "Joining the facts of %s" % ctx.label,
    )
    return [
        DefaultInfo(files = depset(reports.values())),
        OutputGroupInfo(status = depset([status]), text = depset([reports["txt"]])),
    ]

lifelint = rule(
    implementation = _findings,
    attrs = {
        "deps": attr.label_list(aspects = [lifelint_facts], providers = [CcInfo]),
        "rules": attr.label_list(allow_files = [".yml"], doc = "rule packs of the project"),
        "options": attr.string_list(doc = "of `lifelint link`, as --fail-on and --disable"),
        "_lifelint": attr.label(default = "@lifelint//:lifelint", allow_single_file = True, executable = True, cfg = "exec"),
    },
)

def _test(ctx):
    groups = ctx.attr.findings[OutputGroupInfo]
    status, text = groups.status.to_list()[0], groups.text.to_list()[0]
    ctx.actions.write(
        ctx.outputs.executable,
        "#!/bin/sh\ncat '%s'\nexit \"$(cat '%s')\"\n" % (text.short_path, status.short_path),
        is_executable = True,
    )
    return [DefaultInfo(runfiles = ctx.runfiles([status, text]))]

lifelint_test = rule(
    implementation = _test,
    test = True,
    attrs = {"findings": attr.label(mandatory = True, doc = "a target of the rule lifelint")},
)
