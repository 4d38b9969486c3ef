#include "oci/native/json_reader.h"

namespace skiff::oci::native {

JsonReader JsonReader::operator[](const char* key) const {
    std::string place = place_.empty() ? std::string{key} : concat(place_, ".", key);
    if (!*this) return {nullptr, std::move(place)};
    if (!value_->is_object()) fail("must be an object");
    const auto found = value_->find(key);
    return {found == value_->end() ? nullptr : &*found, std::move(place)};
}

JsonReader JsonReader::require(const char* key) const {
    JsonReader found = (*this)[key];
    if (!found) found.fail("is missing");
    return found;
}

std::vector<JsonReader> JsonReader::elements() const {
    std::vector<JsonReader> found;
    if (!*this) return found;
    if (!value_->is_array()) fail("must be an array");
    found.reserve(value_->size());
    for (std::size_t i = 0; i < value_->size(); ++i) found.emplace_back(&(*value_)[i], concat(place_, "[", i, "]"));
    return found;
}

std::map<std::string, JsonReader> JsonReader::members() const {
    std::map<std::string, JsonReader> found;
    if (!*this) return found;
    if (!value_->is_object()) fail("must be an object");
    for (const auto& [key, value] : value_->items()) {
        found.emplace(key, JsonReader{&value, concat(place_, ".", key)});
    }
    return found;
}

std::string JsonReader::text() const {
    if (!value_->is_string()) fail("must be a string");
    const auto& text = value_->get_ref<const std::string&>();
    if (text.find('\0') != std::string::npos) fail("must not contain NUL");
    return text;
}

bool JsonReader::boolean() const {
    if (!value_->is_boolean()) fail("must be true or false");
    return value_->get<bool>();
}

void JsonReader::read(std::vector<std::string>& into) const {
    if (!*this) return;
    into.clear();
    if (!value_->is_array()) fail("must be an array");
    into.reserve(value_->size());
    for (const Json& element : *value_) into.push_back(JsonReader{&element, place_}.text());
}

void JsonReader::read(std::map<std::string, std::string>& into) const {
    for (const auto& [key, value] : members()) {
        if (key.find('\0') != std::string::npos) fail("must not contain NUL");
        into[key] = value.text();
    }
}

}  // namespace skiff::oci::native
