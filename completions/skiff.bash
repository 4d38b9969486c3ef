# bash completion for skiff. The candidates come from `skiff __complete`.

# Sets `words` to the command line up to the cursor as the shell will split it. bash hands over COMP_WORDS split at = and : too.
__skiff_words() {
    local rest=${COMP_LINE:0:COMP_POINT} piece i
    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        piece=${COMP_WORDS[i]}
        if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then
            rest=${rest#"${rest%%[![:space:]]*}"}
            words+=("")
        fi
        ((i == COMP_CWORD)) && piece=$rest
        words[-1]+=$piece
        rest=${rest:${#piece}}
    done
}

# Files (or, with "directories", directories) for the part of $1 behind an = of a long option.
__skiff_paths() {
    local part=$1 action=file path
    [[ $part == --*=* ]] && part=${part#*=}
    [[ $2 == directories ]] && action=directory
    compopt -o filenames
    while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen -A "$action" -- "$part")
}

_skiff() {
    local words current quote='' prefix='' line candidate directive=:none
    __skiff_words
    current=${words[-1]}
    [[ $current == [\"\']* ]] && quote=${current:0:1} current=${current:1}
    local -a asked=("${words[@]:1:${#words[@]}-2}")
    asked=("${asked[@]//[\"\'\\]/}")
    # Behind an = or : readline replaces only what follows, unless the word is quoted.
    [[ -z $quote && $current == *[=:]* ]] && prefix=${current%"${current##*[=:]}"}
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == :* ]]; then
            directive=$line
            continue
        fi
        candidate=${line%%$'\t'*}
        COMPREPLY+=("${candidate#"$prefix"}")
    done < <("${words[0]/#\~\//$HOME/}" __complete "${asked[@]}" "${current//\\/}" 2>/dev/null)
    case $directive in
        :nospace) compopt -o nospace ;;
        :files) __skiff_paths "$current" files ;;
        :dirs) __skiff_paths "$current" directories ;;
    esac
}

complete -F _skiff skiff
