//! Rules for the routes of all resources.

use std::collections::BTreeSet;

use super::*;

fn of_api() -> impl Iterator<Item = &'static ServedRoute> {
    ROUTES.iter().filter(|route| route.operation.is_some())
}

#[test]
fn no_method_of_a_path_is_declared_twice() {
    let mut seen = BTreeSet::new();
    for route in ROUTES.iter() {
        for pattern in &route.patterns {
            let call = format!("{} {pattern}", route.method);
            assert!(seen.insert(call.clone()), "{call} is declared twice");
        }
    }
}

#[test]
fn every_declaration_is_annotated_with_one_operation() {
    for resource in RESOURCES {
        for route in resource.routes {
            let annotated = route.annotated();
            let paths: Vec<&str> = annotated.iter().map(|it| it.path.as_str()).collect();
            assert_eq!(paths.len(), 1, "{} {paths:?}", resource.tag.name);
        }
    }
}

#[test]
fn routes_of_the_platform_are_below_businesses_and_those_of_a_business_are_not() {
    for route in of_api() {
        let path = &route.patterns[0];
        assert!(path.starts_with("/v1/"), "{path}");
        let is_of_platform = matches!(route.access, Access::Platform(_));
        assert_eq!(path.starts_with("/v1/businesses"), is_of_platform, "{path}");
    }
}

#[test]
fn the_permission_of_a_route_is_of_the_platform_if_the_route_is() {
    for route in of_api() {
        let permission = route.access.permission().unwrap();
        let is_of_platform = matches!(route.access, Access::Platform(_));
        assert_eq!(
            permission.is_of_platform(),
            is_of_platform,
            "{} {}",
            route.method,
            route.patterns[0]
        );
    }
}

#[test]
fn reading_asks_for_another_permission_than_writing() {
    for route in of_api() {
        let permission = route.access.permission().unwrap().as_str();
        if permission.ends_with(":manage") {
            continue;
        }
        let is_read = route.method == Method::GET;
        assert_eq!(
            permission.ends_with(":read"),
            is_read,
            "{} {} requires {permission}",
            route.method,
            route.patterns[0]
        );
    }
}
