//! People, departments and roles.

use proto::identity::v1::{
    ArchiveDepartmentRequest, AssignRoleRequest, BatchGetUsersRequest, CreateDepartmentRequest,
    CreateRoleRequest, CreateUserRequest, DeleteRoleRequest, DeleteUserRequest, Department, GetUserRequest,
    Invitation, InviteUserRequest, InviteUserResponse, ListDepartmentsRequest, ListInvitationsRequest,
    ListInvitationsResponse, ListRolesRequest, ListUsersRequest, ListUsersResponse, ResendInvitationRequest,
    RevokeInvitationRequest, Role, RoleAssignment, SetUserStatusRequest, UnassignRoleRequest,
    UpdateDepartmentRequest, UpdateRoleRequest, UpdateUserRequest, User, UserKind, UserStatus, UserView,
    directory_service,
};

use super::{Answer, ask, mask, request_id};

/// A person with everything there is to know.
pub(crate) async fn person(user_id: String) -> Answer<User> {
    let asked = GetUserRequest { user_id, view: UserView::Full.into() };
    ask(directory_service::GET_USER, asked).await
}

/// Names and initials of several people at once; unknown ids are left out.
pub(crate) async fn people_by_id(user_ids: Vec<String>) -> Answer<Vec<User>> {
    let asked = BatchGetUsersRequest { user_ids, view: UserView::Basic.into(), emails: vec![] };
    ask(directory_service::BATCH_GET_USERS, asked).await.map(|answer| answer.users)
}

/// A page of people.
pub(crate) async fn people(asked: ListUsersRequest) -> Answer<ListUsersResponse> {
    ask(directory_service::LIST_USERS, asked).await
}

/// People whose names have these words, in the order of their names; the first ones of all without words.
pub(crate) async fn by_name(query: String, page_size: i32) -> Answer<Vec<User>> {
    let (kind, view) = (UserKind::Person.into(), UserView::Basic.into());
    let asked = ListUsersRequest { query, kind, view, page_size, ..ListUsersRequest::default() };
    people(asked).await.map(|answer| answer.users)
}

/// Makes an account with a password.
pub(crate) async fn create_person(asked: CreateUserRequest) -> Answer<User> {
    ask(directory_service::CREATE_USER, asked).await
}

/// Makes an account to be opened by a link.
pub(crate) async fn invite(asked: InviteUserRequest) -> Answer<InviteUserResponse> {
    ask(directory_service::INVITE_USER, asked).await
}

/// Changes the named fields of an account as it was read.
pub(crate) async fn update_person(user: User, paths: &[&str]) -> Answer<User> {
    let asked = UpdateUserRequest { user: Some(user), update_mask: Some(mask(paths)) };
    ask(directory_service::UPDATE_USER, asked).await
}

/// Lets somebody in, or keeps them out.
pub(crate) async fn set_status(user: &User, status: UserStatus, reason: String) -> Answer<User> {
    let (user_id, etag) = (user.id.clone(), user.etag.clone());
    let asked = SetUserStatusRequest { user_id, status: status.into(), reason, etag };
    ask(directory_service::SET_USER_STATUS, asked).await
}

/// Forgets who somebody was, for good.
pub(crate) async fn delete_person(user: &User, reason: String) -> Answer<User> {
    let asked = DeleteUserRequest { user_id: user.id.clone(), reason, etag: user.etag.clone() };
    ask(directory_service::DELETE_USER, asked).await
}

/// A page of invitations, newest first.
pub(crate) async fn invitations(asked: ListInvitationsRequest) -> Answer<ListInvitationsResponse> {
    ask(directory_service::LIST_INVITATIONS, asked).await
}

/// Takes an invitation back.
pub(crate) async fn revoke_invitation(invitation_id: String) -> Answer<Invitation> {
    let asked = RevokeInvitationRequest { invitation_id };
    ask(directory_service::REVOKE_INVITATION, asked).await
}

/// Mails a new link for an account that still waits, and shows it.
pub(crate) async fn resend_invitation(invitation_id: String) -> Answer<InviteUserResponse> {
    let asked = ResendInvitationRequest { request_id: request_id(), invitation_id, message: String::new() };
    ask(directory_service::RESEND_INVITATION, asked).await
}

/// All departments, parents before children; the archived ones only if wanted.
pub(crate) async fn departments(include_archived: bool) -> Answer<Vec<Department>> {
    let asked = ListDepartmentsRequest { include_archived };
    ask(directory_service::LIST_DEPARTMENTS, asked).await.map(|answer| answer.departments)
}

/// Makes a department; the same `request_id` never makes two.
pub(crate) async fn create_department(department: Department, request_id: String) -> Answer<Department> {
    let asked = CreateDepartmentRequest { request_id, department: Some(department) };
    ask(directory_service::CREATE_DEPARTMENT, asked).await
}

/// Renames a department, describes it, moves it below another.
pub(crate) async fn update_department(department: Department) -> Answer<Department> {
    let update_mask = Some(mask(&["display_name", "description", "parent_id"]));
    let asked = UpdateDepartmentRequest { department: Some(department), update_mask };
    ask(directory_service::UPDATE_DEPARTMENT, asked).await
}

/// Closes a department for anything new.
pub(crate) async fn archive_department(department: &Department) -> Answer<Department> {
    let asked =
        ArchiveDepartmentRequest { department_id: department.id.clone(), etag: department.etag.clone() };
    ask(directory_service::ARCHIVE_DEPARTMENT, asked).await
}

/// All roles, the built-in ones first.
pub(crate) async fn roles() -> Answer<Vec<Role>> {
    ask(directory_service::LIST_ROLES, ListRolesRequest {}).await.map(|answer| answer.roles)
}

/// Makes a role; the same `request_id` never makes two.
pub(crate) async fn create_role(role: Role, request_id: String) -> Answer<Role> {
    let asked = CreateRoleRequest { request_id, role: Some(role) };
    ask(directory_service::CREATE_ROLE, asked).await
}

/// Changes the named fields of a role of one's own making.
pub(crate) async fn update_role(role: Role, paths: &[&str]) -> Answer<Role> {
    let asked = UpdateRoleRequest { role: Some(role), update_mask: Some(mask(paths)) };
    ask(directory_service::UPDATE_ROLE, asked).await
}

/// Deletes a role nobody holds.
pub(crate) async fn delete_role(role: &Role) -> Answer<()> {
    let asked = DeleteRoleRequest { role_id: role.id.clone(), etag: role.etag.clone() };
    ask(directory_service::DELETE_ROLE, asked).await
}

/// Gives somebody a role, everywhere when the department is empty.
pub(crate) async fn assign_role(
    user_id: String,
    role_id: String,
    department_id: String,
) -> Answer<RoleAssignment> {
    let asked = AssignRoleRequest { request_id: request_id(), user_id, role_id, department_id };
    ask(directory_service::ASSIGN_ROLE, asked).await
}

/// Takes a role back.
pub(crate) async fn unassign_role(role_assignment_id: String) -> Answer<()> {
    let asked = UnassignRoleRequest { role_assignment_id };
    ask(directory_service::UNASSIGN_ROLE, asked).await
}
